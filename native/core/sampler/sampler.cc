#include "core/sampler/sampler.h"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/error.h"
#include "core/joining_thread.h"
#include "core/parallel.h"
#include "core/rng.h"
#include "core/sampler/chunk.h"
#include "core/sampler/draw.h"
#include "core/sampler/order.h"
#include "core/sampler/partition.h"
#include "core/sampler/smc.h"

namespace shac {
namespace {

// Draws on which the order of the classifiers is judged.
constexpr std::uint64_t kJudged = 4 * kBlock;
// How far threads may run ahead of the first undecided chunk: bounds the memory, whatever the scheduler does.
constexpr std::uint64_t kChunksAhead = 4;  // a thread
constexpr std::uint64_t kLeastAhead = 32;
constexpr std::uint64_t kMostAhead = 256;
// A refinement of the partition is worth this many times its cost in proposals before the next one is considered.
constexpr double kPatience = 0.5;
// Refining is not considered before plain rejection would cost as much, in nanoseconds of a nominal processor.
constexpr double kLeastCost = 100000;
// What an unconditional partition is refined for, in proposals: as far as the memory goes.
constexpr double kManyProposals = 1e9;
// Rows of candidates that one thread writes at a time.
constexpr std::size_t kRowBlock = 1024;

std::string percent(double share) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.3g %%", 100 * share);
  return buffer;
}

// One call of sample(). Phase 0 draws from the prior; when that turns out to be dear, a partition is made, and later
// phases draw from it, each from a finer one. How many draws a phase makes is decided before it begins, from what the
// earlier ones found, so that every accepted draw has the same distribution.
class Run {
 public:
  Run(const Cascade& cascade, const SampleRequest& request, const CancelToken& token)
      : cascade_(cascade),
        request_(request),
        token_(token),
        kernel_(request.kernel == nullptr ? best_kernel() : *request.kernel),
        order_(newest_first(request.classifiers)),
        ahead_(std::clamp(kChunksAhead * request.threads, kLeastAhead, kMostAhead)),
        relax_after_(std::uint64_t{1} << std::min<std::size_t>(request.classifiers, 62)) {}

  SampleResult result() {
    if (!request_.always_partition) draw_phase(kFirstDraws, 1);
    if (!done_)
      order_ =
          greedy_order(cascade_, nullptr, request_.classifiers, kernel_, request_.seed, request_.stream, 0, kJudged);
    const std::size_t max_boxes =
        request_.memory / Partition::bytes_per_box(cascade_.space().dimensions(), request_.classifiers);
    if (!done_ && (request_.relax || max_boxes < 2 || !Partition::supports(cascade_, request_.classifiers))) {
      if (request_.always_partition) throw Error(ErrorCode::kInvalidArgument, "there can be no partition here");
      draw_phase(~std::uint64_t{0}, request_.threads);
    }
    if (!done_) draw_from_partition(max_boxes);
    result_.live_mass = live_mass_;
    result_.acceptance = prior_acceptance(result_.draws);
    result_.boxes = live_boxes_;
    result_.phases = phase_;
    return std::move(result_);
  }

 private:
  // Alternates between refining the partition and drawing from it, until there are enough candidates.
  void draw_from_partition(std::size_t max_boxes) {
    Partition partition(cascade_, request_.classifiers);
    double spent = 0;
    for (;;) {
      // Acceptance of a draw of the present phase, and how many more draws the rest would take.
      const double acceptance = static_cast<double>(phase_accepted_ + 1) / static_cast<double>(phase_draws_ + 1);
      double draws = static_cast<double>(request_.count - kept_) / acceptance;
      if (request_.always_partition && phase_ == 0) draws = std::max(draws, kManyProposals);
      double refined = 0;
      if (draws * partition.proposal_cost() > kLeastCost && partition.boxes() < max_boxes / 2) {
        refined = partition.refine({draws, max_boxes, request_.threads}, token_);
        spent += refined;
      }
      live_mass_ = partition.live_mass();
      live_boxes_ = partition.boxes();
      report();
      if (partition.boxes() == 0) throw empty_region("there is nothing that all classifiers accept");
      if (refined > 0 || phase_ == 0) {
        begin_phase(live_mass_ < 0.5 || request_.always_partition ? &partition : nullptr);
      }
      // As many draws as refining has cost so far, at least those of one chunk a thread.
      const double budget = std::max(kPatience * spent, kLeastCost) / partition.proposal_cost();
      draw_phase(phase_draws_ + std::max<std::uint64_t>(static_cast<std::uint64_t>(budget), kChunk), request_.threads);
      if (done_) return;
      order_ = greedy_order(cascade_, boxes_, request_.classifiers, kernel_, request_.seed, request_.stream,
                            phase_base(phase_), phase_base(phase_) + kJudged);
    }
  }

  // Of a draw from the prior, estimated from the first `draws` draws; 0 before there are any.
  double prior_acceptance(std::uint64_t draws) const {
    return kept_ == 0 ? 0 : static_cast<double>(kept_) / (prior_draws_ + prior_draws_of(draws - before_));
  }

  // Tells whoever watches how far the run is. Under the lock, or while there is but one thread.
  void report() {
    if (request_.progress == nullptr) return;
    const std::uint64_t draws = done_ ? result_.draws : before_ + phase_draws_;
    request_.progress->accepted.store(kept_, std::memory_order_relaxed);
    request_.progress->draws.store(draws, std::memory_order_relaxed);
    request_.progress->acceptance.store(prior_acceptance(draws), std::memory_order_relaxed);
    request_.progress->live_mass.store(live_mass_, std::memory_order_relaxed);
  }

  // How many draws from the prior are worth as much as `draws` of the present phase.
  double prior_draws_of(std::uint64_t draws) const { return static_cast<double>(draws) / phase_mass_; }

  void begin_phase(const Partition* boxes) {
    before_ += phase_draws_;
    prior_draws_ += prior_draws_of(phase_draws_);
    boxes_ = boxes;
    phase_mass_ = boxes == nullptr ? 1 : boxes->live_mass();
    ++phase_;
    phase_draws_ = 0;
    phase_accepted_ = 0;
    next_chunk_ = decided_chunks_ = 0;
  }

  // Goes on with the present phase until it has made at least `draws` draws, or there are enough candidates.
  void draw_phase(std::uint64_t draws, unsigned threads) {
    stop_at_ = draws;
    const auto worth_threads = static_cast<unsigned>(
        std::min<std::uint64_t>(threads, 1 + (draws - std::min(draws, phase_draws_)) / (4 * kChunk)));
    {
      std::vector<JoiningThread> helpers;
      for (unsigned i = 1; i < worth_threads; ++i) helpers.emplace_back([this] { work(); });
      work();
    }
    next_chunk_ = decided_chunks_;
    if (error_) std::rethrow_exception(error_);
    write_rows(threads);
  }

  bool phase_over() const { return done_ || error_ != nullptr || chunk_begin(decided_chunks_) >= stop_at_; }

  // One thread: take a chunk, evaluate it, decide whatever is now complete in order; until the phase is over.
  void work() {
    ChunkWorker worker(cascade_, boxes_, order_, kernel_, request_, phase_, token_);
    std::unique_lock lock(mutex_);
    while (!phase_over() && chunk_begin(next_chunk_) < stop_at_) {
      if (next_chunk_ >= decided_chunks_ + ahead_) {
        progressed_.wait(lock);
        continue;
      }
      const std::uint64_t chunk = next_chunk_++;
      lock.unlock();
      std::vector<Hit> hits;
      std::exception_ptr error;
      try {
        token_.throw_if_cancelled();
        hits = worker.evaluate(chunk);
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      if (error && !error_) error_ = error;
      finished_.emplace(chunk, std::move(hits));
      decide_finished();
      progressed_.notify_all();
    }
  }

  void decide_finished() {
    try {
      while (!phase_over() && !finished_.empty() && finished_.begin()->first == decided_chunks_) {
        decide(finished_.begin()->second, decided_chunks_);
        finished_.erase(finished_.begin());
        ++decided_chunks_;
        report();
      }
      if (phase_over()) finished_.clear();
    } catch (...) {
      error_ = std::current_exception();
    }
  }

  // Decides the draws of one chunk; `hits` lists those that may be candidates, in index order.
  void decide(const std::vector<Hit>& hits, std::uint64_t chunk) {
    for (const Hit& hit : hits) {
      const std::uint64_t waited = before_ + hit.draw - since_;
      const std::uint64_t allowed = request_.relax ? waited / relax_after_ : 0;
      if (hit.rejections > allowed) continue;
      kept_draws_.push_back(phase_base(phase_) + hit.draw);
      result_.rejections.push_back(hit.rejections);
      ++kept_;
      ++phase_accepted_;
      since_ = before_ + hit.draw + 1;
      if (kept_ == request_.count) {
        done_ = true;
        result_.draws = since_;
        return;
      }
    }
    phase_draws_ = chunk_begin(chunk + 1);
    if (before_ + phase_draws_ - since_ >= request_.max_draws) {
      throw empty_region("no candidate in " + std::to_string(before_ + phase_draws_ - since_) + " draws");
    }
  }

  Error empty_region(const std::string& what) const {
    std::string message = what + " through " + std::to_string(request_.classifiers) + " classifiers (" +
                          std::to_string(kept_) + " of " + std::to_string(request_.count) +
                          " candidates found before that)";
    if (live_mass_ < 1) message += "; at most " + percent(live_mass_) + " of the space is accepted, proven";
    return {ErrorCode::kEmptyRegion, message};
  }

  // Draws the whole rows of the candidates of this phase again, now that they are known to be some.
  void write_rows(unsigned threads) {
    const std::size_t d = cascade_.space().dimensions();
    const std::size_t before = kept_ - kept_draws_.size();
    result_.codes.resize(kept_ * d);
    result_.offsets.resize(kept_ * d);
    const std::size_t blocks = (kept_draws_.size() + kRowBlock - 1) / kRowBlock;
    in_parallel(static_cast<unsigned>(blocks), threads, [&](unsigned block) {
      token_.throw_if_cancelled();
      const std::size_t end = std::min(kept_draws_.size(), (block + std::size_t{1}) * kRowBlock);
      for (std::size_t i = block * kRowBlock; i < end; ++i) write_row(kept_draws_[i], (before + i) * d);
    });
    kept_draws_.clear();
  }

  void write_row(std::uint64_t draw, std::size_t at) {
    const CodeSpace& space = cascade_.space();
    const std::size_t d = space.dimensions();
    if (boxes_ == nullptr) {
      draw_codes(space, request_.seed, request_.stream, draw, result_.codes.data() + at);
    } else {
      draw_codes(*boxes_, request_.seed, request_.stream, draw, result_.codes.data() + at);
    }
    const Stream random(request_.seed, request_.stream);
    for (std::uint32_t j = 0; j < d; j += 2) {
      const auto pair = random.offset_pair(draw, j / 2);
      for (std::uint32_t i = j; i < std::min<std::size_t>(j + 2, d); ++i) result_.offsets[at + i] = pair[i - j];
    }
  }

  const Cascade& cascade_;
  const SampleRequest& request_;
  const CancelToken& token_;
  const Kernel& kernel_;
  std::vector<std::uint32_t> order_;
  const std::uint64_t ahead_;
  const std::uint64_t relax_after_;
  const Partition* boxes_ = nullptr;  // what the present phase draws from; null: the prior
  std::uint32_t phase_ = 0;
  double phase_mass_ = 1;  // share of the prior that the present phase draws from
  double live_mass_ = 1;
  std::size_t live_boxes_ = 1;

  std::mutex mutex_;  // guards everything below while threads run
  std::condition_variable progressed_;
  std::map<std::uint64_t, std::vector<Hit>> finished_;  // evaluated, waiting for an earlier chunk
  std::uint64_t stop_at_ = 0;
  std::uint64_t next_chunk_ = 0;
  std::uint64_t decided_chunks_ = 0;
  std::uint64_t phase_draws_ = 0;
  std::uint64_t phase_accepted_ = 0;
  std::size_t kept_ = 0;
  std::vector<std::uint64_t> kept_draws_;  // of the last candidates, whose rows are not written yet
  SampleResult result_;
  std::uint64_t before_ = 0;  // draws of earlier phases
  double prior_draws_ = 0;    // what they are worth in draws from the prior
  std::uint64_t since_ = 0;   // first draw after the last accepted one, counted over all phases
  bool done_ = false;
  std::exception_ptr error_;
};

}  // namespace

SampleResult sample(const Cascade& cascade, const SampleRequest& request, const CancelToken& token) {
  if (request.classifiers > cascade.size()) {
    throw Error(ErrorCode::kInvalidArgument, std::to_string(request.classifiers) + " classifiers asked for, " +
                                                 std::to_string(cascade.size()) + " are there");
  }
  if (request.count == 0) return {};
  if (request.method == Method::kSmc && request.classifiers > 0) return sample_smc(cascade, request, token);
  return Run(cascade, request, token).result();
}

}  // namespace shac
