#include "core/sampler/pipeline.h"

#include <algorithm>
#include <numeric>

#include "core/rng.h"

namespace shac {
namespace {

// Bytes of codes that wait in a pipeline's queues: about the second-level cache of one core.
constexpr std::size_t kMostCodes = std::size_t{1} << 20;

}  // namespace

Pipeline::Pipeline(const Cascade& cascade, const Partition* boxes, std::span<const std::uint32_t> order,
                   const Kernel& kernel, std::uint64_t seed, std::uint32_t stream)
    : kernel_(kernel),
      drawer_(cascade, boxes, kernel, seed, stream),
      sums_(kBlock),
      survivors_(kBlock),
      row_(cascade.space().dimensions()) {
  const std::size_t d = cascade.space().dimensions();
  const std::size_t codes_size = d * kBlock;
  const bool keeps = order.size() * codes_size * sizeof(std::int16_t) <= kMostCodes;
  codes_.resize(keeps ? order.size() * codes_size : codes_size);
  const Conditions& conditions = cascade.space().conditions;
  std::vector<std::size_t> first_reader(d, order.size());
  std::vector<std::vector<std::uint32_t>> reads;  // what each queue needs, ascending
  for (const std::uint32_t index : order) {
    const Forest& forest = cascade.forest(index);
    const std::size_t at = queues_.size();
    Queue& queue = queues_.emplace_back();
    queue.forest = &forest;
    queue.codes = codes_.data() + (keeps ? at * codes_size : 0);
    queue.draws.resize(kBlock);
    queue.boxes.resize(kBlock);
    for (const std::uint32_t feature : reads.emplace_back(conditions.with_parents(forest.used_features()))) {
      if (keeps && first_reader[feature] < at) continue;
      first_reader[feature] = at;
      const std::uint32_t block = feature / kCoordinatesPerBlock;
      if (queue.drawn.empty() || queue.drawn.back().block != block) queue.drawn.push_back({block, 0});
      queue.drawn.back().wanted |= 1u << feature % kCoordinatesPerBlock;
    }
    for (const std::uint32_t feature : conditions.order()) {
      if (first_reader[feature] == at) queue.settled.push_back(feature);
    }
  }
  if (!keeps) return;
  // From back to front: what later queues read, of what is drawn by then.
  std::vector<std::uint8_t> read_later(d);
  for (std::size_t at = queues_.size(); at-- > 0;) {
    for (std::uint32_t feature = 0; feature < d; ++feature) {
      if (read_later[feature] && first_reader[feature] <= at) queues_[at].carried.push_back(feature);
    }
    for (const std::uint32_t feature : reads[at]) read_later[feature] = 1;
  }
}

void Pipeline::run(std::uint64_t first, std::uint64_t last, std::vector<std::uint64_t>& accepted,
                   const CancelToken& token) {
  if (queues_.empty()) {
    for (std::uint64_t draw = first; draw < last; ++draw) accepted.push_back(draw);
    return;
  }
  for (; first < last; first += kBlock) {
    token.throw_if_cancelled();
    Queue& queue = queues_.front();
    queue.count = static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, last - first));
    std::iota(queue.draws.begin(), queue.draws.end(), first);
    if (drawer_.from_boxes()) drawer_.choose_boxes(queue.draws.data(), queue.count, queue.boxes.data());
    evaluate(0, accepted);
  }
  for (std::size_t at = 1; at < queues_.size(); ++at) evaluate(at, accepted);
}

void Pipeline::evaluate(std::size_t at, std::vector<std::uint64_t>& accepted) {
  Queue& queue = queues_[at];
  if (queue.count == 0) return;
  for (const auto& [block, wanted] : queue.drawn) {
    drawer_.draw(block, queue.draws.data(), queue.boxes.data(), queue.count, queue.codes, wanted);
  }
  drawer_.settle(queue.settled, queue.count, queue.codes);
  const std::size_t count = survivors_of(queue);
  queue.count = 0;
  if (at + 1 == queues_.size()) {
    for (std::size_t i = 0; i < count; ++i) accepted.push_back(queue.draws[survivors_[i]]);
    return;
  }
  // Evaluating the next queue overwrites survivors_, so it is done with this block's own copy only when it overflows.
  Queue& next = queues_[at + 1];
  const std::size_t room = std::min(count, kBlock - next.count);
  const auto move = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) next.draws[next.count + i - from] = queue.draws[survivors_[i]];
    if (drawer_.from_boxes()) {
      for (std::size_t i = from; i < to; ++i) next.boxes[next.count + i - from] = queue.boxes[survivors_[i]];
    }
    for (const std::uint32_t feature : queue.carried) {
      const std::int16_t* source = queue.codes + feature * kBlock;
      std::int16_t* target = next.codes + feature * kBlock + next.count;
      for (std::size_t i = from; i < to; ++i) target[i - from] = source[survivors_[i]];
    }
    next.count += to - from;
  };
  move(0, room);
  if (next.count < kBlock) return;
  std::vector<std::uint16_t> rest(survivors_.begin() + static_cast<std::ptrdiff_t>(room),
                                  survivors_.begin() + static_cast<std::ptrdiff_t>(count));
  evaluate(at + 1, accepted);
  std::copy(rest.begin(), rest.end(), survivors_.begin());
  move(0, rest.size());
}

std::size_t Pipeline::survivors_of(const Queue& queue) {
  const Forest& forest = *queue.forest;
  std::size_t count = 0;
  if (!forest.has_kernel()) {
    for (std::size_t lane = 0; lane < queue.count; ++lane) {
      if (accepts_exactly(queue, lane)) survivors_[count++] = static_cast<std::uint16_t>(lane);
    }
    return count;
  }
  kernel_.sums(forest.view(), queue.codes, queue.count, sums_.data());
  const std::int16_t grey = forest.grey();
  const std::size_t possible =
      kernel_.select(sums_.data(), queue.count, static_cast<std::int16_t>(-grey), survivors_.data());
  for (std::size_t i = 0; i < possible; ++i) {
    const std::uint16_t lane = survivors_[i];
    survivors_[count] = lane;
    count += sums_[lane] > grey || accepts_exactly(queue, lane) ? 1 : 0;
  }
  return count;
}

bool Pipeline::accepts_exactly(const Queue& queue, std::size_t lane) {
  for (const std::uint32_t feature : queue.forest->used_features()) {
    row_[feature] = static_cast<std::uint16_t>(queue.codes[feature * kBlock + lane]);
  }
  return queue.forest->accepts(row_.data());
}

}  // namespace shac
