// What does one decision of one classifier cost, against XGBoost's own batch prediction of the same trees on the same
// rows, one thread? `shac_bench_kernel REPEATS` prints one JSON object a line; bench/kernel.mjs makes the table.
#include "core/cascade/kernel.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "core/training/trainer.h"
#include "core/xgboost/xgb.h"
#include "support.h"

namespace {

using shac::CodeSpace;
using shac::bench::continuous_space;
using shac::bench::labels_of;
using shac::bench::median;
using shac::bench::nanoseconds;
using shac::bench::random_rows;

// The rows in blocks, each feature by feature: what the kernels read.
std::vector<std::int16_t> blocks_of(const std::vector<std::uint16_t>& rows, std::size_t d) {
  std::vector<std::int16_t> blocks(rows.size());
  for (std::size_t i = 0; i < rows.size() / d; ++i) {
    for (std::size_t j = 0; j < d; ++j) {
      blocks[(i / shac::kBlock * d + j) * shac::kBlock + i % shac::kBlock] = static_cast<std::int16_t>(rows[i * d + j]);
    }
  }
  return blocks;
}

struct Decisions {
  std::vector<char> accepted;
  double nanoseconds;  // a row
};

template <typename Decide>
Decisions measured(int repeats, std::size_t rows, const Decide& decide) {
  Decisions decisions{std::vector<char>(rows), 0};
  std::vector<double> times;
  for (int i = 0; i < repeats; ++i) times.push_back(decide(decisions.accepted));
  decisions.nanoseconds = median(times) / static_cast<double>(rows);
  return decisions;
}

void compare(std::size_t n, std::size_t d, int repeats) {
  constexpr std::size_t kRows = 400 * shac::kBlock;
  const CodeSpace space = continuous_space(d);
  shac::TrainRequest request;
  request.codes = random_rows(space, 0, n);
  request.rows = n;
  request.columns = d;
  request.labels = labels_of(request.codes, d);
  const shac::TrainResult trained = shac::train(request, {});
  const shac::Forest& forest = *trained.forest;

  const std::vector<std::uint16_t> rows = random_rows(space, 1, kRows);
  const std::vector<std::int16_t> blocks = blocks_of(rows, d);
  shac::xgb::Booster booster;
  booster.load_ubjson(trained.model);
  booster.set("nthread", "1");
  const Decisions xgboost = measured(repeats, kRows, [&](std::vector<char>& accepted) {
    // A matrix of its own each time: XGBoost keeps the predictions of a matrix it has seen.
    const shac::xgb::Matrix matrix(rows, kRows, d);
    const double begin = nanoseconds();
    const std::vector<float> margins = booster.margins(matrix);
    const double time = nanoseconds() - begin;
    for (std::size_t i = 0; i < kRows; ++i) accepted[i] = margins[i] > 0;
    return time;
  });

  for (const shac::Kernel* kernel : shac::available_kernels()) {
    std::vector<std::int16_t> sums(shac::kBlock);
    std::vector<std::uint16_t> selected(shac::kBlock);
    const auto decide = [&](std::size_t begin, std::size_t end, std::vector<char>& accepted) {
      for (std::size_t first = begin; first < end; first += shac::kBlock) {
        kernel->sums(forest.view(), blocks.data() + first * d, shac::kBlock, sums.data());
        const std::size_t count =
            kernel->select(sums.data(), shac::kBlock, static_cast<std::int16_t>(-forest.grey()), selected.data());
        for (std::size_t i = 0; i < count; ++i) {
          const std::size_t row = first + selected[i];
          accepted[row] = sums[selected[i]] > forest.grey() || forest.accepts(rows.data() + row * d);
        }
      }
    };
    const Decisions own = measured(repeats, kRows, [&](std::vector<char>& accepted) {
      std::fill(accepted.begin(), accepted.end(), 0);
      double time = 0;
      // The sampler's blocks are in the cache, fresh from the generator; so each part of the rows is decided twice.
      for (std::size_t first = 0; first < kRows; first += kRows / 25) {
        decide(first, first + kRows / 25, accepted);
        const double begin = nanoseconds();
        decide(first, first + kRows / 25, accepted);
        time += nanoseconds() - begin;
      }
      return time;
    });
    std::size_t different = 0;
    for (std::size_t i = 0; i < kRows; ++i) different += xgboost.accepted[i] != own.accepted[i] ? 1 : 0;
    std::printf(
        "{\"n\":%zu,\"d\":%zu,\"merged\":%zu,\"kernel\":\"%s\",\"xgboost\":%.3f,\"own\":%.3f,\"different\":%zu}\n", n,
        d, forest.merged_trees(), kernel->name, xgboost.nanoseconds, own.nanoseconds, different);
  }
}

}  // namespace

int main(int, char** argv) {
  for (const auto& [n, d] : {std::pair<std::size_t, std::size_t>{10, 6}, {20, 6}, {50, 6}, {100, 6}, {100, 50}}) {
    compare(n, d, std::atoi(argv[1]));
  }
}
