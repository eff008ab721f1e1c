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

#include "core/cascade.h"
#include "core/error.h"
#include "core/forest.h"
#include "core/model.h"
#include "core/sampler.h"
#include "core/trainer.h"

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
