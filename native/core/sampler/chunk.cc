#include "core/sampler/chunk.h"

#include "core/sampler/draw.h"

namespace shac {

ChunkWorker::ChunkWorker(const Cascade& cascade, const Partition* boxes, const std::vector<std::uint32_t>& order,
                         const Kernel& kernel, const SampleRequest& request, std::uint32_t phase,
                         const CancelToken& token)
    : cascade_(cascade),
      request_(request),
      base_(phase_base(phase)),
      token_(token),
      pipeline_(cascade, boxes, order, kernel, request.seed, request.stream),
      row_(cascade.space().dimensions()) {}

std::vector<Hit> ChunkWorker::evaluate(std::uint64_t chunk) {
  const std::uint64_t begin = chunk_begin(chunk), end = chunk_begin(chunk + 1);
  if (request_.relax) return count_rejections(begin, end);
  draws_.clear();
  pipeline_.run(base_ + begin, base_ + end, draws_, token_);
  std::vector<Hit> hits;
  for (const std::uint64_t draw : draws_) hits.push_back({draw - base_, 0});
  return hits;
}

std::vector<Hit> ChunkWorker::count_rejections(std::uint64_t begin, std::uint64_t end) {
  std::vector<Hit> hits;
  for (std::uint64_t draw = begin; draw < end; ++draw) {
    if (draw % 64 == 0) token_.throw_if_cancelled();
    draw_codes(cascade_.space(), request_.seed, request_.stream, draw, row_.data());
    hits.push_back({draw, cascade_.rejections(row_.data(), request_.classifiers)});
  }
  return hits;
}

}  // namespace shac
