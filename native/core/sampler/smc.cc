#include "core/sampler/smc.h"

#include <algorithm>
#include <string>

#include "core/error.h"
#include "core/parallel.h"
#include "core/rng.h"
#include "core/sampler/draw.h"
#include "core/sampler/sweeper.h"

namespace shac {
namespace {

// Chain i of sweep s draws its proposals from draw s << kSweepShift | i.
constexpr int kSweepShift = 24;
constexpr std::size_t kMostChains = std::size_t{1} << kSweepShift;
// While a stage has fewer survivors than this share of the population, its search goes on: for as many sweeps as come
// after the stage, and until there is at least one.
constexpr std::size_t kEnough = 8;
// Nobody looks for survivors in between: bounds what may be found at once.
constexpr std::size_t kMostSweepsAtOnce = 64;

constexpr std::size_t ceil_div(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

std::size_t most_chains(const SampleRequest& request, std::size_t dimensions) {
  // The codes of a chain, those of the survivors (up to 1/kEnough more than chains), and a pointer to each.
  const std::size_t bytes = 5 * dimensions + 16;
  return std::clamp(request.memory / bytes / kBlock * kBlock, kLeastPopulation, kMostChains);
}

// One call of sample_smc().
class Run {
 public:
  Run(const Cascade& cascade, const SampleRequest& request, const CancelToken& token)
      : cascade_(cascade),
        request_(request),
        token_(token),
        kernel_(request.kernel == nullptr ? best_kernel() : *request.kernel),
        readers_(cascade, request.classifiers),
        dimensions_(cascade.space().dimensions()) {
    for (std::size_t j = 0; j < dimensions_; ++j) read_ += cascade.reads(j) ? 1 : 0;
  }

  SampleResult result() {
    const std::size_t populations = ceil_div(request_.count, most_chains(request_, dimensions_));
    const std::size_t share = ceil_div(request_.count, populations);
    blocks_ = static_cast<unsigned>(ceil_div(std::max(share, kLeastPopulation), kBlock));
    double acceptances = 0;
    std::size_t runs = 0;
    for (; kept() < request_.count; ++runs) {
      acceptances += run_population();
      keep(std::min(share, request_.count - kept()));
    }
    result_.acceptance = acceptances / static_cast<double>(runs);
    return std::move(result_);
  }

 private:
  std::size_t chains() const { return blocks_ * kBlock; }
  std::size_t kept() const { return result_.rejections.size(); }
  std::int16_t* codes_of(std::size_t block) { return codes_.data() + block * kBlock * dimensions_; }
  std::uint64_t draw_of(std::size_t chain) const { return sweep_ << kSweepShift | chain; }

  // work(sweeper, block) for every block of chains, on all threads.
  template <typename Work>
  void for_blocks(const Work& work) {
    in_parallel(blocks_, request_.threads, [&](unsigned block) {
      token_.throw_if_cancelled();
      Sweeper sweeper(cascade_, readers_, kernel_, request_.seed, request_.stream);
      work(sweeper, block);
    });
  }

  // Leads a new population through all classifiers; returns the share of the prior that they seem to accept.
  double run_population() {
    codes_.resize(chains() * dimensions_);
    ++sweep_;
    for_blocks([&](Sweeper& sweeper, std::size_t block) { sweeper.draw(draw_of(block * kBlock), codes_of(block)); });
    result_.draws += chains();
    double acceptance = 1;
    for (std::size_t k = 0; k < request_.classifiers; ++k) {
      acceptance *= find_survivors(k);
      resample();
      move(k + 1, request_.sweeps, [](Sweeper&, std::size_t) {});
      report(acceptance);
    }
    return acceptance;
  }

  void report(double acceptance) const {
    if (request_.progress == nullptr) return;
    request_.progress->accepted.store(kept(), std::memory_order_relaxed);
    request_.progress->draws.store(result_.draws, std::memory_order_relaxed);
    request_.progress->acceptance.store(acceptance, std::memory_order_relaxed);
  }

  // Collects rows that classifier k accepts, of the chains that all earlier ones accept; returns their share.
  double find_survivors(std::size_t k) {
    survivors_.clear();
    rows_.clear();
    const std::uint64_t before = result_.draws;
    std::uint64_t tried = chains();
    collect(k, 0);
    std::size_t extra = 0;
    for (std::size_t sweeps = 1; rows_.empty() || (rows_.size() * kEnough < chains() && extra < request_.sweeps);) {
      if (rows_.empty() && result_.draws - before + tried >= request_.max_draws) throw empty_region(k, tried);
      collect(k, sweeps);
      tried += sweeps * chains();
      extra += sweeps;
      sweeps = rows_.empty() ? std::min(2 * sweeps, kMostSweepsAtOnce) : 1;
    }
    return static_cast<double>(rows_.size()) / static_cast<double>(tried);
  }

  // The survivors among the chains as they are, or after each of so many sweeps.
  void collect(std::size_t k, std::size_t sweeps) {
    const Forest& forest = cascade_.forest(k);
    const std::size_t first = survivors_.size();
    survivors_.resize(first + blocks_);
    const auto take = [&](Sweeper& sweeper, std::size_t block) {
      const std::int16_t* codes = codes_of(block);
      const auto lanes = sweeper.accepted(forest, codes);
      std::vector<std::int16_t>& rows = survivors_[first + block];
      rows.reserve(rows.size() + lanes.size() * dimensions_);
      for (const std::uint16_t lane : lanes) {
        for (std::size_t j = 0; j < dimensions_; ++j) rows.push_back(codes[j * kBlock + lane]);
      }
    };
    if (sweeps == 0) {
      for_blocks(take);
    } else {
      move(k, sweeps, take);
    }
    for (std::size_t list = first; list < survivors_.size(); ++list) {
      for (std::size_t at = 0; at < survivors_[list].size(); at += dimensions_) {
        rows_.push_back(survivors_[list].data() + at);
      }
    }
  }

  // As many copies of each survivor as of every other, give or take one. Copies stay next to one another.
  void resample() {
    in_parallel(blocks_, request_.threads, [&](unsigned block) {
      std::int16_t* codes = codes_of(block);
      for (std::size_t lane = 0; lane < kBlock; ++lane) {
        const std::int16_t* row = rows_[(block * kBlock + lane) * rows_.size() / chains()];
        for (std::size_t j = 0; j < dimensions_; ++j) codes[j * kBlock + lane] = row[j];
      }
    });
  }

  // Moves all chains inside what the first `classifiers` accept; after_sweep(sweeper, block) sees them on the way.
  template <typename AfterSweep>
  void move(std::size_t classifiers, std::size_t sweeps, const AfterSweep& after_sweep) {
    for_blocks([&](Sweeper& sweeper, std::size_t block) {
      sweeper.enter(classifiers, codes_of(block));
      for (std::size_t s = 1; s <= sweeps; ++s) {
        const std::uint64_t first = draw_of(block * kBlock) + (std::uint64_t{s} << kSweepShift);
        sweeper.sweep(first, codes_of(block), token_);
        after_sweep(sweeper, block);
      }
    });
    sweep_ += sweeps;
    result_.draws += std::uint64_t{sweeps} * chains() * read_;
  }

  // Chains that are far apart in the population have the least common history.
  void keep(std::size_t count) {
    const CodeSpace& space = cascade_.space();
    const Stream random(request_.seed, request_.stream);
    for (std::size_t i = 0; i < count; ++i) {
      if (i % kBlock == 0) token_.throw_if_cancelled();
      const std::size_t chain = i * chains() / count;
      const std::uint64_t draw = draw_of(chain);
      const std::size_t at = result_.codes.size();
      result_.codes.resize(at + dimensions_);
      std::uint16_t* const row = result_.codes.data() + at;
      draw_plain(space, request_.seed, request_.stream, draw, row);
      for (std::uint32_t j = 0; j < dimensions_; ++j) {
        const std::int16_t code = codes_of(chain / kBlock)[j * kBlock + chain % kBlock];
        if (cascade_.reads(j)) row[j] = static_cast<std::uint16_t>(code);
        result_.offsets.push_back(random.offset(draw, j));
      }
      // Coordinates that no classifier reads are those of the prior.
      for (const std::uint32_t j : space.conditions.order()) {
        if (!cascade_.reads(j)) space.conditions.settle(row, j);
      }
      result_.rejections.push_back(0);
    }
  }

  static Error empty_region(std::size_t k, std::uint64_t tried) {
    std::string message = "classifier " + std::to_string(k) + " accepted none of " + std::to_string(tried) + " draws";
    if (k > 0) message += " that the " + std::to_string(k) + " before it accept";
    return {ErrorCode::kEmptyRegion, message};
  }

  const Cascade& cascade_;
  const SampleRequest& request_;
  const CancelToken& token_;
  const Kernel& kernel_;
  const Readers readers_;
  const std::size_t dimensions_;
  std::size_t read_ = 0;  // coordinates that some classifier reads
  unsigned blocks_ = 0;
  std::uint64_t sweep_ = 0;          // the newest that any chain has made
  std::vector<std::int16_t> codes_;  // of each block, coordinate by coordinate
  std::vector<std::vector<std::int16_t>> survivors_;
  std::vector<const std::int16_t*> rows_;  // those of survivors_, in order
  SampleResult result_;
};

}  // namespace

SampleResult sample_smc(const Cascade& cascade, const SampleRequest& request, const CancelToken& token) {
  if (request.sweeps == 0) throw Error(ErrorCode::kInvalidArgument, "0 sweeps would leave copies of the same rows");
  if (request.relax) {
    throw Error(ErrorCode::kInvalidArgument, "relaxing is for exact sampling: it counts draws from the prior");
  }
  if (!cascade.space().conditions.none() && cascade.space().dimensions() > Sweeper::kMostParts) {
    throw Error(ErrorCode::kInvalidArgument, "smc is for spaces with conditions of at most 32768 coordinates");
  }
  return Run(cascade, request, token).result();
}

}  // namespace shac
