#include "core/surrogate/trust_region.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace shac {
namespace {

constexpr double kFirstRadius = 0.8, kMostRadius = 1.6, kLeastRadius = 0x1p-7;
constexpr int kSuccesses = 3;  // in a row, before it is doubled
constexpr double kLongestScale = 5;
constexpr double kBelowOne = 1 - 0x1p-53;

// Batches in a row without a better value, before it is halved: the more coordinates, the more tries.
int most_failures(std::size_t batch, std::size_t dimensions) {
  const double tries = std::clamp(static_cast<double>(dimensions), 5.0, 15.0);
  return static_cast<int>(std::ceil(std::max(2.0, tries / static_cast<double>(batch))));
}

double least(std::span<const double> values) {
  double result = std::numeric_limits<double>::infinity();
  for (const double value : values) result = std::fmin(result, value);
  return result;
}

}  // namespace

double Box::mean_half() const {
  return std::accumulate(half.begin(), half.end(), 0.0) / static_cast<double>(half.size());
}

Box whole_box(std::size_t dimensions) {
  return {std::vector<double>(dimensions, 0), std::vector<double>(dimensions, kBelowOne),
          std::vector<double>(dimensions, 1)};
}

double trust_radius(std::span<const double> values, std::size_t local_from, std::size_t batch, std::size_t dimensions) {
  const int patience = most_failures(batch, dimensions);
  double best = least(values.subspan(0, local_from));
  double radius = kFirstRadius;
  int successes = 0, failures = 0;
  for (std::size_t first = local_from; first < values.size(); first += batch) {
    const double value = least(values.subspan(first, std::min(batch, values.size() - first)));
    const bool better = value < best;
    best = std::min(best, value);
    successes = better ? successes + 1 : 0;
    failures = better ? 0 : failures + 1;
    if (successes == kSuccesses) {
      radius = std::min(kMostRadius, 2 * radius);
      successes = 0;
    }
    if (failures == patience) {
      radius = radius / 2 < kLeastRadius ? kFirstRadius : radius / 2;
      failures = 0;
    }
  }
  return radius;
}

Box trust_region(const GaussianProcess& process, std::span<const double> centre, double radius) {
  const std::size_t d = centre.size();
  const auto scale = [&](std::size_t k) { return std::min(process.length_scales()[k], kLongestScale); };
  double log_mean = 0;
  for (std::size_t k = 0; k < d; ++k) log_mean += std::log(scale(k)) / static_cast<double>(d);
  Box box = whole_box(d);
  for (std::size_t k = 0; k < d; ++k) {
    if (process.data().categorical[k] != 0) continue;
    box.half[k] = std::min(1.0, 0.5 * radius * scale(k) / std::exp(log_mean));
    box.low[k] = std::max(box.low[k], centre[k] - box.half[k]);
    box.high[k] = std::min(box.high[k], centre[k] + box.half[k]);
  }
  return box;
}

}  // namespace shac
