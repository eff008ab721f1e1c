// In which order to ask the classifiers.
#pragma once

#include <cstdint>
#include <vector>

#include "core/cascade/cascade.h"
#include "core/cascade/kernel.h"
#include "core/sampler/partition.h"

namespace shac {

// The newest first: it rejects most of what the older ones let through.
std::vector<std::uint32_t> newest_first(std::size_t classifiers);

// Greedily by cost for each candidate rejected, judged on draws first .. last-1 (whole blocks) of the prior, or from
// `boxes` when it is not null.
std::vector<std::uint32_t> greedy_order(const Cascade& cascade, const Partition* boxes, std::size_t classifiers,
                                        const Kernel& kernel, std::uint64_t seed, std::uint32_t stream,
                                        std::uint64_t first, std::uint64_t last);

}  // namespace shac
