// What does naive rejection cost, as a loop around XGBoost's batch predict? `shac_bench_loop DIMENSIONS DRAWS MODEL...`
// asks the models in the given order, one thread. Prints nanoseconds a draw; bench/rejection.mjs makes the table.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include "core/sampler/draw.h"
#include "core/xgboost/xgb.h"
#include "support.h"

namespace {

// Rows to a batch: so many that the overhead of a call does not matter.
constexpr std::size_t kBatch = 1 << 16;

std::vector<std::uint8_t> contents_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int argc, char** argv) {
  const auto d = static_cast<std::size_t>(std::atoi(argv[1]));
  const auto draws = static_cast<std::size_t>(std::atoi(argv[2]));
  std::vector<shac::xgb::Booster> boosters(static_cast<std::size_t>(argc - 3));
  for (std::size_t k = 0; k < boosters.size(); ++k) {
    boosters[k].load_ubjson(contents_of(argv[3 + k]));
    boosters[k].set("nthread", "1");
  }
  const shac::CodeSpace space = shac::bench::continuous_space(d);
  double time = 0;
  std::size_t drawn = 0;
  for (; drawn < draws; drawn += kBatch) {
    std::vector<std::uint16_t> rows(kBatch * d);
    for (std::size_t i = 0; i < kBatch; ++i) shac::draw_codes(space, 1, 0, drawn + i, rows.data() + i * d);
    const double begin = shac::bench::nanoseconds();
    std::size_t count = kBatch;
    for (const shac::xgb::Booster& booster : boosters) {
      if (count == 0) break;
      const std::vector<float> margins = booster.margins(shac::xgb::Matrix(rows, count, d));
      std::vector<std::uint16_t> passed;
      for (std::size_t i = 0; i < count; ++i) {
        if (margins[i] > 0) passed.insert(passed.end(), rows.begin() + i * d, rows.begin() + (i + 1) * d);
      }
      count = passed.size() / d;
      rows = std::move(passed);
    }
    time += shac::bench::nanoseconds() - begin;
  }
  std::printf("%.3f\n", time / static_cast<double>(drawn));
}
