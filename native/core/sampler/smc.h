// Approximate sampling: sequential Monte Carlo over the cascade (Del Moral, Doucet, Jasra: Sequential Monte Carlo
// samplers; J. R. Statist. Soc. B 68, 2006), whose cost grows with the number of classifiers, not with how little of
// the space they leave.
//
// A population of prior draws meets one classifier after the other. Those that it accepts are copied until the
// population is whole again, and then moved apart inside what is accepted so far. Every row that comes out is accepted
// by all classifiers, by XGBoost's own verdict. What is approximate is the distribution: moves of one coordinate rarely
// lead from one separate part of the region to another, so how many chains are in which part is decided while the parts
// still hang together; and the rows are not quite independent.
#pragma once

#include "core/cancel.h"
#include "core/cascade/cascade.h"
#include "core/sampler/sampler.h"

namespace shac {

// The request's `count` rows, from as many chains. Its `memory` bounds the population (of at least kLeastPopulation
// chains): more rows than that are drawn by several populations, one after the other. `draws` are the proposals made,
// those of one coordinate as well as those of a whole row; `acceptance` is the product of what the stages accepted.
//
// Throws Error(kEmptyRegion) when a classifier accepts none of max_draws proposals that the earlier ones accept,
// Error(kInvalidArgument) for no sweeps at all or with `relax`, Cancelled soon after the token is set.
SampleResult sample_smc(const Cascade& cascade, const SampleRequest& request, const CancelToken& token);

inline constexpr std::size_t kLeastPopulation = 1024;

}  // namespace shac
