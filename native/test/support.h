// What several test files share: fixed-seed random numbers, hand-made trees and models, data sets, error checks.
// Tests that count or time things say so with their own constants; nothing here asserts a threshold.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/cascade/cascade.h"
#include "core/cascade/forest.h"
#include "core/error.h"
#include "core/sampler/sampler.h"
#include "core/training/trainer.h"
#include "core/xgboost/model.h"

namespace shac::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

using Bytes = std::vector<std::uint8_t>;

// The standard's own distributions differ between standard libraries; the engine does not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t bits() { return engine_(); }
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }
  double unit() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  template <typename T>
  T pick(std::initializer_list<T> choices) {
    return choices.begin()[below(choices.size())];
  }

 private:
  std::mt19937_64 engine_;
};

// Runs `call`, which must throw Error(code); returns its message.
template <typename Call>
std::string error_of(ErrorCode code, const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(code)) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no Error was thrown";
  return {};
}

// --- statistics ------------------------------------------------------------------------------------------------------

// What a chi-square variable exceeds with probability 3e-5 (Wilson and Hilferty's cube-root approximation).
inline double chi_square_limit(double freedom) {
  const double a = 2 / (9 * freedom);
  return freedom * std::pow(1 - a + 4 * std::sqrt(a), 3);
}

inline double chi_square_uniform(const std::vector<std::uint64_t>& counts) {
  double total = 0;
  for (const std::uint64_t count : counts) total += static_cast<double>(count);
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0;
  for (const std::uint64_t count : counts) sum += std::pow(static_cast<double>(count) - expected, 2) / expected;
  return sum;
}

inline double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const std::size_t n = std::min(x.size(), y.size());
  double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < n; ++i) mx += x[i], my += y[i];
  mx /= static_cast<double>(n), my /= static_cast<double>(n);
  for (std::size_t i = 0; i < n; ++i) {
    xx += (x[i] - mx) * (x[i] - mx);
    yy += (y[i] - my) * (y[i] - my);
    xy += (x[i] - mx) * (y[i] - my);
  }
  return xy / std::sqrt(xx * yy);
}

// --- hand-made trees -------------------------------------------------------------------------------------------------

inline Tree leaf(float value) { return {{-1, 0, 0, 0, value}}; }

// `left` where code < threshold.
inline Tree stump(std::int32_t feature, std::int32_t threshold, float left, float right) {
  return {{feature, threshold, 1, 2, 0}, {-1, 0, 0, 0, left}, {-1, 0, 0, 0, right}};
}

inline Forest below(std::size_t features, std::int32_t feature, std::int32_t threshold) {
  return Forest(Model{features, {stump(feature, threshold, 1.0f, -1.0f)}});
}

inline Forest constant(std::size_t features, float value) { return Forest(Model{features, {leaf(value)}}); }

// --- data sets, spaces and cascades ----------------------------------------------------------------------------------

inline CodeSpace plain_space(std::vector<std::uint32_t> levels) {
  CodeSpace space;
  space.snaps.resize(levels.size());
  space.levels = std::move(levels);
  return space;
}

// Rows of random codes, column j below levels[j]; labels 0.
inline TrainRequest random_rows(Random& random, std::size_t rows, const std::vector<std::uint32_t>& levels) {
  TrainRequest request;
  request.rows = rows;
  request.columns = levels.size();
  for (std::size_t i = 0; i < rows; ++i) {
    for (const std::uint32_t l : levels) request.codes.push_back(static_cast<std::uint16_t>(random.below(l)));
  }
  request.labels.assign(rows, 0);
  return request;
}

// The label is whether the first code is in the lower half: one split tells the classes apart.
inline TrainRequest separable(std::size_t rows, std::uint64_t seed) {
  Random random(seed);
  TrainRequest request = random_rows(random, rows, {32768, 32768, 10});
  for (std::size_t i = 0; i < rows; ++i) request.labels[i] = request.codes[3 * i] < 16384 ? 1 : 0;
  request.params.rounds = 30;
  return request;
}

// Labels a half of the rows 1: those nearest to the middle of the space.
inline void label_by_distance(TrainRequest& request, const std::vector<std::uint32_t>& levels) {
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t i = 0; i < request.rows; ++i) {
    double distance = 0;
    for (std::size_t j = 0; j < request.columns; ++j) {
      distance += std::pow(request.codes[i * request.columns + j] / static_cast<double>(levels[j]) - 0.4, 2);
    }
    order.emplace_back(distance, i);
  }
  std::sort(order.begin(), order.end());
  for (std::size_t i = 0; i < order.size() / 2; ++i) request.labels[order[i].second] = 1;
}

// Labels with noise make deep trees; some columns discrete.
inline std::vector<std::uint32_t> mixed_levels(Random& random, std::size_t columns) {
  std::vector<std::uint32_t> levels(columns);
  for (auto& level : levels) level = random.below(2) == 0 ? static_cast<std::uint32_t>(random.between(2, 10)) : 32768u;
  return levels;
}

inline TrainRequest noisy_request(Random& random, std::size_t rows, const std::vector<std::uint32_t>& levels, int depth,
                                  int rounds) {
  TrainRequest request = random_rows(random, rows, levels);
  label_by_distance(request, levels);
  for (auto& label : request.labels) {
    if (random.below(8) == 0) label ^= 1;
  }
  request.params.max_depth = depth;
  request.params.rounds = rounds;
  return request;
}

inline Forest noisy_forest(Random& random, std::size_t rows, const std::vector<std::uint32_t>& levels, int depth,
                           int rounds) {
  return Forest(read_model(train(noisy_request(random, rows, levels, depth, rounds), {}).model));
}

// The leaf of a kernel's tree, by the definition of its layout.
inline std::int32_t leaf_of(const Tree3& tree, const std::uint16_t* row) {
  unsigned node = 0;
  unsigned leaf = 0;
  for (int level = 0; level < 3; ++level) {
    const bool left = row[tree.feature[node]] < tree.threshold[node];
    leaf = 2 * leaf + (left ? 1 : 0);
    node = 2 * node + (left ? 1 : 2);
  }
  return tree.leaves[leaf];
}

inline CodeSpace::Snap random_snap(Random& random, std::uint32_t levels) {
  std::vector<std::uint16_t> table(levels);
  for (auto& code : table) code = static_cast<std::uint16_t>(random.below(levels));
  return std::make_shared<const std::vector<std::uint16_t>>(std::move(table));
}

// What a search for the least `value` (of coordinates in [0, 1]) builds: each classifier is trained on `points`
// candidates that passed the earlier ones, the better half labelled 1.
template <typename Value>
Cascade searched_cascade(CodeSpace space, std::size_t classifiers, std::size_t points, std::uint64_t seed,
                         BoosterParams params, const Value& value) {
  Cascade cascade(std::move(space));
  const auto& levels = cascade.space().levels;
  const std::size_t d = levels.size();
  for (std::size_t k = 0; k < classifiers; ++k) {
    SampleRequest ask;
    ask.seed = seed;
    ask.stream = static_cast<std::uint32_t>(k);
    ask.count = points;
    ask.classifiers = k;
    ask.relax = k < 10;  // later the region is known not to be empty, and plain draws would take long
    TrainRequest request;
    request.codes = sample(cascade, ask, {}).codes;
    request.rows = points;
    request.columns = d;
    request.labels.assign(points, 0);
    request.params = params;
    std::vector<std::pair<double, std::size_t>> order;
    std::vector<double> x(d);
    for (std::size_t i = 0; i < points; ++i) {
      for (std::size_t j = 0; j < d; ++j) x[j] = (request.codes[i * d + j] + 0.5) / levels[j];
      order.emplace_back(value(x), i);
    }
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; i < points / 2; ++i) request.labels[order[i].second] = 1;
    cascade = cascade.with(Forest(read_model(train(request, {}).model)));
  }
  return cascade;
}

inline double branin(const std::vector<double>& u) {
  const double x = 15 * u[0] - 5;
  const double y = 15 * u[1];
  return std::pow(y - 5.1 / (4 * M_PI * M_PI) * x * x + 5 / M_PI * x - 6, 2) + 10 * (1 - 1 / (8 * M_PI)) * std::cos(x) +
         10;
}

inline double hartmann6(const std::vector<double>& x) {
  constexpr double kAlpha[] = {1.0, 1.2, 3.0, 3.2};
  constexpr double kA[4][6] = {
      {10, 3, 17, 3.5, 1.7, 8}, {0.05, 10, 17, 0.1, 8, 14}, {3, 3.5, 1.7, 10, 17, 8}, {17, 8, 0.05, 10, 0.1, 14}};
  constexpr double kP[4][6] = {{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886},
                               {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
                               {0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650},
                               {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381}};
  double sum = 0;
  for (int i = 0; i < 4; ++i) {
    double inner = 0;
    for (int j = 0; j < 6; ++j) inner += kA[i][j] * std::pow(x[static_cast<std::size_t>(j)] - kP[i][j], 2);
    sum -= kAlpha[i] * std::exp(-inner);
  }
  return sum;
}

inline double distance_to_middle(const std::vector<double>& x) {
  double sum = 0;
  for (const double value : x) sum += std::pow(value - 0.4, 2);
  return sum;
}

// The cascade that a search for the middle of `space` builds: each classifier is trained on `points` candidates that
// passed the earlier ones.
inline Cascade trained_cascade(CodeSpace space, std::size_t classifiers, std::size_t points, std::uint64_t seed,
                               int rounds = 50) {
  Cascade cascade(std::move(space));
  for (std::size_t k = 0; k < classifiers; ++k) {
    SampleRequest ask;
    ask.seed = seed;
    ask.stream = static_cast<std::uint32_t>(k);
    ask.count = points;
    ask.classifiers = k;
    ask.relax = true;
    TrainRequest request;
    request.codes = sample(cascade, ask, {}).codes;
    request.rows = points;
    request.columns = cascade.space().dimensions();
    request.labels.assign(points, 0);
    request.params.rounds = rounds;
    label_by_distance(request, cascade.space().levels);
    cascade = cascade.with(Forest(read_model(train(request, {}).model)));
  }
  return cascade;
}

}  // namespace shac::test
