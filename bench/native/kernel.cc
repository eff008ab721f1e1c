// What does one decision of one classifier cost, against XGBoost's own batch prediction of the same trees on the same
// rows, one thread? Prints one JSON object a line; bench/kernel.mjs makes the table.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "core/cascade.h"
#include "core/sampler.h"
#include "core/trainer.h"
#include "core/xgb.h"

namespace {

using shac::CodeSpace;

CodeSpace continuous_space(std::size_t d) {
  return {std::vector<std::uint32_t>(d, 32768), std::vector<CodeSpace::Snap>(d)};
}

std::vector<std::uint16_t> random_rows(const CodeSpace& space, std::uint32_t stream, std::size_t rows) {
  const std::size_t d = space.dimensions();
  std::vector<std::uint16_t> codes(rows * d);
  for (std::size_t i = 0; i < rows; ++i) shac::draw_codes(space, 1, stream, i, codes.data() + i * d);
  return codes;
}

// 1 for the better half by a smooth function of the first six coordinates.
std::vector<std::uint8_t> labels_of(const std::vector<std::uint16_t>& codes, std::size_t d) {
  std::vector<double> values(codes.size() / d);
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < std::min<std::size_t>(d, 6); ++j) {
      const double x = codes[i * d + j] / 32768.0 - 0.1 * static_cast<double>(j + 2);
      values[i] += x * x;
    }
  }
  std::vector<double> sorted = values;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2), sorted.end());
  std::vector<std::uint8_t> labels(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) labels[i] = values[i] < sorted[sorted.size() / 2] ? 1 : 0;
  return labels;
}

double nanoseconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> times) {
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  return times[times.size() / 2];
}

void compare(std::size_t n, std::size_t d) {
  constexpr std::size_t kRows = 100'000;
  constexpr int kRepeats = 5;
  const CodeSpace space = continuous_space(d);
  shac::TrainRequest request;
  request.codes = random_rows(space, 0, n);
  request.rows = n;
  request.columns = d;
  request.labels = labels_of(request.codes, d);
  const shac::TrainResult trained = shac::train(request, {});
  const shac::Forest forest(shac::read_model(trained.model));

  const std::vector<std::uint16_t> rows = random_rows(space, 1, kRows);
  shac::xgb::Booster booster;
  booster.load_ubjson(trained.model);
  booster.set("nthread", "1");
  std::vector<float> margins;
  std::vector<char> verdicts(kRows);
  std::vector<double> xgboost_times;
  std::vector<double> compiled_times;
  for (int i = 0; i < kRepeats; ++i) {
    // A matrix of its own each time: XGBoost keeps the predictions of a matrix it has seen.
    const shac::xgb::Matrix matrix(rows, kRows, d);
    auto begin = std::chrono::steady_clock::now();
    margins = booster.margins(matrix);
    xgboost_times.push_back(nanoseconds_since(begin));
    begin = std::chrono::steady_clock::now();
    for (std::size_t row = 0; row < kRows; ++row) verdicts[row] = forest.accepts(rows.data() + row * d);
    compiled_times.push_back(nanoseconds_since(begin));
  }
  const double xgboost = median(xgboost_times) / kRows;
  const double compiled = median(compiled_times) / kRows;
  std::size_t different = 0;
  for (std::size_t i = 0; i < kRows; ++i) different += (margins[i] > 0) != (verdicts[i] != 0) ? 1 : 0;
  std::printf(
      "{\"n\":%zu,\"d\":%zu,\"trees\":%zu,\"merged\":%zu,\"xgboost\":%.3f,\"compiled\":%.3f,\"different\":%zu}\n", n, d,
      forest.trees(), forest.merged_trees(), xgboost, compiled, different);
}

}  // namespace

int main() {
  for (const auto& [n, d] : {std::pair<std::size_t, std::size_t>{10, 6}, {20, 6}, {50, 6}, {100, 6}, {100, 50}}) {
    compare(n, d);
  }
}
