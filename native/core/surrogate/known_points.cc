#include "core/surrogate/known_points.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/rng.h"

namespace shac {

KnownPoints::KnownPoints(std::size_t dimensions) {
  const Stream random(0, 0);
  for (std::size_t k = 0; k < dimensions; ++k) {
    direction_.push_back(random.offset(0, static_cast<std::uint32_t>(k)));
  }
  // Twice what the coordinates make of it: far more than the rounding of the sums.
  reach_ = 2 * kSamePlace * std::accumulate(direction_.begin(), direction_.end(), 0.0);
}

void KnownPoints::add(std::span<const double> point) {
  const std::int64_t place = cell(on_the_line(point));
  const std::lock_guard lock(mutex_);
  const auto [first, end] = rows_.equal_range(place);
  const bool is_there = std::any_of(first, end, [&](const auto& entry) {
    return std::equal(point.begin(), point.end(), points_[entry.second].begin());
  });
  if (!is_there) rows_.emplace(place, points_.size());
  points_.emplace_back(point.begin(), point.end());
}

bool KnownPoints::has(std::span<const double> point, std::size_t rows) const {
  const double place = on_the_line(point);
  const std::int64_t low = cell(place - reach_), high = cell(place + reach_);
  const std::lock_guard lock(mutex_);
  for (std::int64_t at = low; at <= high; ++at) {
    if (has_in_cell(at, point, rows)) return true;
  }
  return false;
}

bool KnownPoints::has_in_cell(std::int64_t cell, std::span<const double> point, std::size_t rows) const {
  const auto [first, end] = rows_.equal_range(cell);
  return std::any_of(first, end, [&](const auto& entry) {
    return entry.second < rows && std::equal(point.begin(), point.end(), points_[entry.second].begin(),
                                             [](double a, double b) { return std::abs(a - b) <= kSamePlace; });
  });
}

double KnownPoints::on_the_line(std::span<const double> point) const {
  return std::inner_product(point.begin(), point.end(), direction_.begin(), 0.0);
}

std::int64_t KnownPoints::cell(double place) const {
  return static_cast<std::int64_t>(std::floor(place / (2 * reach_)));
}

}  // namespace shac
