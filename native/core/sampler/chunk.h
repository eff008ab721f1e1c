// Chunks of consecutive draws: what one thread of sampler.cc evaluates at a time.
//
// Draws are cut into chunks by index. Threads take chunks in order and hand back the draws that may be candidates; the
// chunks are then decided strictly in index order, so which thread drew what, and when, cannot show in the result.
#pragma once

#include <cstdint>
#include <vector>

#include "core/cancel.h"
#include "core/cascade/cascade.h"
#include "core/cascade/kernel.h"
#include "core/sampler/partition.h"
#include "core/sampler/pipeline.h"
#include "core/sampler/sampler.h"

namespace shac {

// The first chunks are small: most calls need few draws.
inline constexpr std::uint64_t kChunk = 8192;
inline constexpr std::uint64_t kFirstChunk = 256;
inline constexpr std::uint64_t kFirstChunks = 8;
inline constexpr std::uint64_t kFirstDraws = kFirstChunks * kFirstChunk;

// The first draw of a chunk, within its phase.
constexpr std::uint64_t chunk_begin(std::uint64_t chunk) {
  return chunk <= kFirstChunks ? chunk * kFirstChunk : kFirstDraws + (chunk - kFirstChunks) * kChunk;
}

// Phases have draw indices of their own: those from here on.
constexpr std::uint64_t phase_base(std::uint32_t phase) { return std::uint64_t{phase} << 48; }

// A draw that may be a candidate.
struct Hit {
  std::uint64_t draw;  // within its phase
  std::uint32_t rejections;
};

// Evaluates chunks of one phase. Belongs to one thread; the arguments must outlive it.
class ChunkWorker {
 public:
  ChunkWorker(const Cascade& cascade, const Partition* boxes, const std::vector<std::uint32_t>& order,
              const Kernel& kernel, const SampleRequest& request, std::uint32_t phase, const CancelToken& token);

  // The draws of a chunk that may be candidates, in index order: all of them when the request relaxes. Throws
  // Cancelled.
  std::vector<Hit> evaluate(std::uint64_t chunk);

 private:
  std::vector<Hit> count_rejections(std::uint64_t begin, std::uint64_t end);

  const Cascade& cascade_;
  const SampleRequest& request_;
  const std::uint64_t base_;
  const CancelToken& token_;
  Pipeline pipeline_;
  std::vector<std::uint16_t> row_;
  std::vector<std::uint64_t> draws_;
};

}  // namespace shac
