#include "core/sampler.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "core/error.h"
#include "core/rng.h"

namespace shac {
namespace {

// Draws are cut into chunks by index. Threads take chunks in order and hand back the draws that may be candidates; the
// chunks are then decided strictly in index order, so which thread drew what, and when, cannot show in the result.
constexpr std::uint64_t kChunk = 1024;
// Most calls need few draws: they are done before a second thread would have started.
constexpr std::uint64_t kChunksBeforeThreads = 8;
// How far threads may run ahead of the first undecided chunk: bounds the memory, whatever the scheduler does.
constexpr std::uint64_t kChunksAhead = 4096;

struct Hit {
  std::uint64_t draw;
  std::uint32_t rejections;
};
using Hits = std::vector<Hit>;

class Run {
 public:
  Run(const Cascade& cascade, const SampleRequest& request, const CancelToken& token)
      : cascade_(cascade), request_(request), token_(token) {
    const std::size_t k = std::min<std::size_t>(request.classifiers, 62);
    relax_after_ = std::uint64_t{1} << k;
  }

  std::vector<Hit> accepted() {
    while (!done_ && next_chunk_ < kChunksBeforeThreads) {
      token_.throw_if_cancelled();
      decide(evaluate(next_chunk_), next_chunk_);
      ++next_chunk_;
    }
    if (!done_) run_threads();
    if (error_) std::rethrow_exception(error_);
    return std::move(accepted_);
  }

 private:
  void run_threads() {
    decided_chunks_ = next_chunk_;
    std::vector<std::jthread> helpers;
    for (unsigned i = 1; i < request_.threads; ++i) helpers.emplace_back([this] { work(); });
    work();
  }

  // One thread: take a chunk, evaluate it, decide whatever is now complete in order; until done.
  void work() {
    std::unique_lock lock(mutex_);
    while (!done_) {
      if (next_chunk_ >= decided_chunks_ + kChunksAhead) {
        progressed_.wait(lock);
        continue;
      }
      const std::uint64_t chunk = next_chunk_++;
      lock.unlock();
      Hits hits;
      std::exception_ptr error;
      try {
        token_.throw_if_cancelled();
        hits = evaluate(chunk);
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      if (error) {
        if (!done_) error_ = error;
        done_ = true;
      } else {
        finished_.emplace(chunk, std::move(hits));
        decide_finished();
      }
      progressed_.notify_all();
    }
  }

  void decide_finished() {
    try {
      while (!done_ && !finished_.empty() && finished_.begin()->first == decided_chunks_) {
        decide(finished_.begin()->second, decided_chunks_);
        finished_.erase(finished_.begin());
        ++decided_chunks_;
      }
    } catch (...) {
      error_ = std::current_exception();
      done_ = true;
    }
  }

  Hits evaluate(std::uint64_t chunk) const {
    Hits hits;
    const std::size_t d = cascade_.space().dimensions();
    std::vector<std::uint16_t> row(d);
    for (std::uint64_t draw = chunk * kChunk; draw < (chunk + 1) * kChunk; ++draw) {
      draw_codes(cascade_.space(), request_.seed, request_.stream, draw, row.data());
      if (request_.relax) {
        hits.push_back({draw, cascade_.rejections(row.data(), request_.classifiers)});
      } else if (cascade_.accepts(row.data(), request_.classifiers)) {
        hits.push_back({draw, 0});
      }
    }
    return hits;
  }

  // Decides the draws of one chunk; `hits` lists those that may be candidates, in index order.
  void decide(const Hits& hits, std::uint64_t chunk) {
    for (const Hit& hit : hits) {
      const std::uint32_t allowed = request_.relax ? static_cast<std::uint32_t>((hit.draw - since_) / relax_after_) : 0;
      if (hit.rejections > allowed) continue;
      accepted_.push_back(hit);
      since_ = hit.draw + 1;
      if (accepted_.size() == request_.count) {
        done_ = true;
        return;
      }
    }
    const std::uint64_t draws = (chunk + 1) * kChunk;
    if (draws - since_ >= request_.max_draws) {
      throw Error(ErrorCode::kEmptyRegion, "no candidate in " + std::to_string(draws - since_) + " draws through " +
                                               std::to_string(request_.classifiers) + " classifiers (" +
                                               std::to_string(accepted_.size()) + " of " +
                                               std::to_string(request_.count) + " found before that)");
    }
  }

  const Cascade& cascade_;
  const SampleRequest& request_;
  const CancelToken& token_;
  std::uint64_t relax_after_;

  std::mutex mutex_;  // guards everything below once threads run
  std::condition_variable progressed_;
  std::map<std::uint64_t, Hits> finished_;  // evaluated, waiting for an earlier chunk
  std::uint64_t next_chunk_ = 0;
  std::uint64_t decided_chunks_ = 0;
  std::vector<Hit> accepted_;
  std::uint64_t since_ = 0;  // first draw after the last accepted one
  bool done_ = false;
  std::exception_ptr error_;
};

}  // namespace

void draw_codes(const CodeSpace& space, std::uint64_t seed, std::uint32_t stream, std::uint64_t index,
                std::uint16_t* row) {
  const Stream random(seed, stream);
  const std::size_t d = space.dimensions();
  for (std::size_t j = 0; j < d; j += Stream::kCoordinatesPerBlock) {
    const Words words = random.block(index, static_cast<std::uint32_t>(j / Stream::kCoordinatesPerBlock));
    for (std::size_t i = j; i < std::min(d, j + Stream::kCoordinatesPerBlock); ++i) {
      const std::uint32_t raw = scale_to_levels(words[i - j], space.levels[i]);
      row[i] = space.snaps[i] ? (*space.snaps[i])[raw] : static_cast<std::uint16_t>(raw);
    }
  }
}

SampleResult sample(const Cascade& cascade, const SampleRequest& request, const CancelToken& token) {
  if (request.classifiers > cascade.size()) {
    throw Error(ErrorCode::kInvalidArgument, std::to_string(request.classifiers) + " classifiers asked for, " +
                                                 std::to_string(cascade.size()) + " are there");
  }
  SampleResult result;
  if (request.count == 0) return result;

  const std::vector<Hit> hits = Run(cascade, request, token).accepted();
  const std::size_t d = cascade.space().dimensions();
  const Stream random(request.seed, request.stream);
  result.codes.resize(hits.size() * d);
  result.offsets.resize(hits.size() * d);
  for (std::size_t i = 0; i < hits.size(); ++i) {
    draw_codes(cascade.space(), request.seed, request.stream, hits[i].draw, result.codes.data() + i * d);
    for (std::size_t j = 0; j < d; ++j) {
      result.offsets[i * d + j] = random.offset(hits[i].draw, static_cast<std::uint32_t>(j));
    }
    result.rejections.push_back(hits[i].rejections);
  }
  result.draws = hits.back().draw + 1;
  return result;
}

}  // namespace shac
