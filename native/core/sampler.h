// Exact sampling: candidates from the prior, conditioned on every classifier of the cascade accepting.
#pragma once

#include <cstdint>
#include <vector>

#include "core/cancel.h"
#include "core/cascade.h"

namespace shac {

struct SampleRequest {
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;     // which use of the seed: candidates of two streams are independent
  std::size_t count = 1;        // candidates wanted
  std::size_t classifiers = 0;  // only the first so many decide
  unsigned threads = 1;         // does not change the result
  bool relax = false;           // each time 2^classifiers draws found nothing, one more classifier may reject
  std::uint64_t max_draws = ~std::uint64_t{0};  // draws without a candidate before Error(kEmptyRegion)
};

// `count` rows in the order of their draws. The same request gives the same result on any number of threads.
struct SampleResult {
  std::vector<std::uint16_t> codes;       // count x dimensions
  std::vector<double> offsets;            // count x dimensions, each in (0, 1): the place inside the code's cell
  std::vector<std::uint32_t> rejections;  // classifiers that rejected the row: 0 unless relaxed
  std::uint64_t draws = 0;                // draws up to and including the last candidate
};

// Throws Error(kEmptyRegion) after max_draws draws without a candidate, Cancelled soon after the token is set.
SampleResult sample(const Cascade& cascade, const SampleRequest& request, const CancelToken& token);

// The codes of draw `index`: a row of the prior.
void draw_codes(const CodeSpace& space, std::uint64_t seed, std::uint32_t stream, std::uint64_t index,
                std::uint16_t* row);

}  // namespace shac
