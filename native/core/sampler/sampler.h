// Sampling: candidates from the prior, conditioned on every classifier of the cascade accepting. Exact, unless the
// request asks for the approximation of smc.h.
#pragma once

#include <cstdint>
#include <vector>

#include "core/cancel.h"
#include "core/cascade/cascade.h"
#include "core/cascade/kernel.h"
#include "core/progress.h"

namespace shac {

enum class Method { kExact, kSmc };

struct SampleRequest {
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;                    // which use of the seed: candidates of two streams are independent
  std::size_t count = 1;                       // candidates wanted
  std::size_t classifiers = 0;                 // only the first so many decide
  unsigned threads = 1;                        // does not change the result
  std::size_t memory = std::size_t{64} << 20;  // bytes for the partition (0: plain rejection), or the population
  bool relax = false;              // each time 2^classifiers draws found nothing, one more classifier may reject
  const Kernel* kernel = nullptr;  // null: the fastest that runs here; does not change the result
  std::uint64_t max_draws = ~std::uint64_t{0};  // draws without a candidate before Error(kEmptyRegion)
  // Draw from a partition alone, from the first draw on and however little it rules out, instead of when it pays: for
  // tests and benchmarks. Error(kInvalidArgument) where there can be none.
  bool always_partition = false;
  Progress* progress = nullptr;    // told how far the call is, chunk by chunk; must outlive it
  Method method = Method::kExact;  // without classifiers both are the same
  std::size_t sweeps = 5;          // of kSmc: moves of each coordinate after each classifier
};

// `count` rows in the order of their draws. The same request gives the same result on any number of threads.
struct SampleResult {
  std::vector<std::uint16_t> codes;       // count x dimensions
  std::vector<double> offsets;            // count x dimensions, each in (0, 1): the place inside the code's cell
  std::vector<std::uint32_t> rejections;  // classifiers that rejected the row: 0 unless relaxed
  std::uint64_t draws = 0;                // draws up to and including the last candidate; of kSmc all proposals
  double live_mass = 1;                   // share of the prior that the partition could not rule out
  double acceptance = 1;                  // of a draw from the prior, estimated from all draws
  std::size_t boxes = 1;                  // of the partition
  std::uint32_t phases = 0;               // times that drawing began anew, from a finer partition
};

// Throws Error(kEmptyRegion) after max_draws draws without a candidate, Cancelled soon after the token is set.
SampleResult sample(const Cascade& cascade, const SampleRequest& request, const CancelToken& token);

}  // namespace shac
