// The local phase: the points to evaluate next, by a Gaussian process, near the best point or in the accepted region.
//
// Most points are of a trust region around the best one (Eriksson, Pearce, Gardner, Turner, Poloczek: Scalable Global
// Optimization via Local Bayesian Optimization, 2019): a box, longer where the process varies less, that is doubled
// after successes and halved after failures. Some are the best of candidates that the classifiers accept. Of points
// that are evaluated at once, each is chosen as if those before it had given the values that were expected of them.
//
// Everything is a function of the request: nothing is kept between calls.
#pragma once

#include <cstdint>
#include <vector>

#include "core/cancel.h"
#include "core/cascade/cascade.h"
#include "core/surrogate/gaussian_process.h"
#include "core/surrogate/history.h"

namespace shac {

struct LocalRequest {
  Knowledge known;                       // one observation at least
  std::vector<std::uint8_t> continuous;  // one a coordinate: cells of the others count as one value
  Hyperparameters parameters;            // the same for many requests: fitting is what takes time
  std::vector<double> pending;           // points that are being evaluated
  std::vector<double> candidates;        // points that the classifiers accept
  std::size_t count = 1;                 // points wanted
  std::size_t explore = 0;               // of those, so many from the candidates
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;
  std::uint64_t first_draw = 0;  // random numbers of the stream from this one on
};

// count x coordinates: places in [0, 1), in the middle of a cell that counts as one value; kNoPlace of those that are
// inactive. Throws Cancelled.
std::vector<double> propose(const CodeSpace& space, const LocalRequest& request, const CancelToken& token);

// For callers that may have to refuse points: all those that the first one of propose() is chosen from, one at least,
// the most promising first. Of propose() itself it is the first. Throws Cancelled.
std::vector<double> ranked(const CodeSpace& space, const LocalRequest& request, const CancelToken& token);

}  // namespace shac
