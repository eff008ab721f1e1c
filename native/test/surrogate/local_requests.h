// What the tests of the local search share: spaces, what has been evaluated in them, and requests.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "core/surrogate/local_search.h"
#include "test/support.h"

namespace shac::test {

constexpr std::uint32_t kContinuous = 32768;

struct LocalSpace {
  CodeSpace codes;
  std::vector<std::uint8_t> kinds;  // Kind
  std::vector<std::uint8_t> continuous;

  std::size_t dimensions() const { return codes.dimensions(); }
};

// Continuous where there are 32,768 levels.
inline LocalSpace ordered(std::vector<std::uint32_t> levels) {
  LocalSpace space;
  for (const std::uint32_t level : levels) {
    space.kinds.push_back(0);
    space.continuous.push_back(level == kContinuous ? 1 : 0);
  }
  space.codes = plain_space(std::move(levels));
  return space;
}

inline LocalSpace categories(std::vector<std::uint32_t> levels) {
  LocalSpace space = ordered(std::move(levels));
  space.kinds.assign(space.dimensions(), 1);
  return space;
}

// Raw codes of 32,768, each of which stands for the middle of its one of `steps` equal parts.
inline CodeSpace::Snap step_snap(std::uint32_t steps) {
  std::vector<std::uint16_t> table(kContinuous);
  for (std::uint32_t raw = 0; raw < kContinuous; ++raw) {
    const std::uint32_t step = raw * steps / kContinuous;
    table[raw] = static_cast<std::uint16_t>((2 * step + 1) * kContinuous / (2 * steps));
  }
  return std::make_shared<const std::vector<std::uint16_t>>(std::move(table));
}

// Of 1 to 6 coordinates of all kinds: continuous, steps, 32,768 values, some values in order, categories.
inline LocalSpace random_space(Random& random) {
  LocalSpace space;
  const std::size_t d = random.between(1, 6);
  for (std::size_t k = 0; k < d; ++k) {
    const std::uint64_t kind = random.below(5);
    space.codes.levels.push_back(kind < 3 ? kContinuous : static_cast<std::uint32_t>(random.between(1, 40)));
    space.codes.snaps.push_back(kind == 1 ? step_snap(static_cast<std::uint32_t>(random.between(1, 60))) : nullptr);
    space.kinds.push_back(kind == 4 ? 1 : 0);
    space.continuous.push_back(kind == 0 ? 1 : 0);
  }
  return space;
}

inline std::vector<double> random_place(Random& random, const LocalSpace& space) {
  std::vector<double> point;
  for (std::size_t k = 0; k < space.dimensions(); ++k) {
    const std::uint32_t levels = space.codes.levels[k];
    std::uint32_t code = static_cast<std::uint32_t>(random.below(levels));
    if (const auto& snap = space.codes.snaps[k]) code = (*snap)[code];
    point.push_back((code + (space.continuous[k] != 0 ? random.unit() : 0.5)) / levels);
  }
  return point;
}

inline std::vector<double> random_places(Random& random, const LocalSpace& space, std::size_t rows) {
  std::vector<double> points;
  for (std::size_t row = 0; row < rows; ++row) {
    const std::vector<double> point = random_place(random, space);
    points.insert(points.end(), point.begin(), point.end());
  }
  return points;
}

inline std::vector<std::vector<double>> rows_of(const std::vector<double>& points, std::size_t d) {
  std::vector<std::vector<double>> rows;
  for (std::size_t at = 0; at < points.size(); at += d) rows.emplace_back(&points[at], &points[at] + d);
  return rows;
}

// A request, and what its knowledge is made of: rows of points with their values, in the order of the trials.
struct Evaluated : LocalRequest {
  std::vector<std::uint8_t> kinds;  // Kind
  std::vector<double> points;
  std::vector<double> values;
  std::size_t local_from = 0;
  std::size_t batch = 1;
};

inline History history_of(const Evaluated& request) {
  const std::size_t d = request.kinds.size();
  History history(request.kinds, request.local_from, request.batch);
  for (std::size_t row = 0; row < request.values.size(); ++row) {
    history.add(row, std::span(request.points).subspan(row * d, d), request.values[row]);
  }
  return history;
}

inline Hyperparameters fit(const Evaluated& request, const CancelToken& token = {}) {
  return fit_hyperparameters(history_of(request).observations(), token);
}

inline std::vector<double> propose(const CodeSpace& space, const Evaluated& request, const CancelToken& token) {
  LocalRequest known = request;
  known.known = history_of(request).knowledge();
  return shac::propose(space, known, token);
}

inline std::vector<double> ranked(const CodeSpace& space, const Evaluated& request, const CancelToken& token) {
  LocalRequest known = request;
  known.known = history_of(request).knowledge();
  return shac::ranked(space, known, token);
}

// Evaluated points; nothing is pending, and one point is wanted.
template <typename Value>
Evaluated evaluated(const LocalSpace& space, std::vector<double> points, const Value& value) {
  Evaluated request;
  request.kinds = space.kinds;
  request.continuous = space.continuous;
  for (const auto& row : rows_of(points, space.dimensions())) request.values.push_back(value(row));
  request.points = std::move(points);
  request.local_from = request.values.size();
  request.parameters = fit(request);
  return request;
}

inline void record(Evaluated& request, const std::vector<double>& point, double value) {
  request.points.insert(request.points.end(), point.begin(), point.end());
  request.values.push_back(value);
}

// Every point is one of the space: where a cell counts as one value, it is in the middle of one that is reached.
inline void expect_places(const LocalSpace& space, const std::vector<double>& points, std::size_t rows) {
  const std::size_t d = space.dimensions();
  ASSERT_EQ(points.size(), rows * d);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::size_t k = i % d;
    const std::uint32_t levels = space.codes.levels[k];
    const auto& snap = space.codes.snaps[k];
    ASSERT_TRUE(points[i] >= 0 && points[i] < 1) << points[i];
    if (space.continuous[k] != 0) continue;
    const auto code = static_cast<std::uint32_t>(points[i] * levels);
    ASSERT_EQ(points[i], (code + 0.5) / levels);
    ASSERT_TRUE(snap == nullptr || (*snap)[code] == code);
  }
}

// From `first` random points, one proposal after the other; the best value.
template <typename Value>
double best_of(const LocalSpace& space, std::size_t first, std::size_t evaluations, std::uint64_t seed,
               const Value& value) {
  Random random(seed);
  Evaluated request = evaluated(space, random_places(random, space, first), value);
  request.seed = seed;
  for (std::size_t i = first; i < evaluations; ++i) {
    request.stream = static_cast<std::uint32_t>(i);
    if (i % 5 == 0) request.parameters = fit(request);
    const std::vector<double> point = propose(space.codes, request, {});
    record(request, point, value(point));
  }
  return *std::min_element(request.values.begin(), request.values.end());
}

}  // namespace shac::test
