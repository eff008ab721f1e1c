// Points of the unit cube (an inactive coordinate is outside it), and whether a point is one of them, in a time that
// does not depend on how many there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

namespace shac {

// It only grows. One thread adds; others may ask meanwhile, each for the first so many points, which do not change.
//
// Two points are the same when no coordinate differs by more than kSamePlace: a value that was decoded from a place is
// at it but for rounding. Such points are near each other on any line through the cube, too: a point is looked for
// among those whose place on one line, in no special direction, is near its own.
class KnownPoints {
 public:
  static constexpr double kSamePlace = 0x1p-30;

  explicit KnownPoints(std::size_t dimensions);

  void add(std::span<const double> point);
  // Whether the point is one of the first `rows`. On any thread.
  bool has(std::span<const double> point, std::size_t rows) const;

  // For the thread that adds.
  std::size_t size() const noexcept { return points_.size(); }
  std::span<const double> point(std::size_t row) const { return points_[row]; }

 private:
  double on_the_line(std::span<const double> point) const;
  std::int64_t cell(double place) const;
  bool has_in_cell(std::int64_t cell, std::span<const double> point, std::size_t rows) const;

  std::vector<double> direction_;
  double reach_;  // on the line, of what may be the same; a cell is twice as long
  mutable std::mutex mutex_;
  std::deque<std::vector<double>> points_;
  std::unordered_multimap<std::int64_t, std::size_t> rows_;  // by cell of the line; of equal points only the first
};

}  // namespace shac
