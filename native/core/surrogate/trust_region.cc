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

constexpr double kNone = std::numeric_limits<double>::infinity();

}  // namespace

double Box::mean_half() const {
  return std::accumulate(half.begin(), half.end(), 0.0) / static_cast<double>(half.size());
}

Box whole_box(std::size_t dimensions) {
  return {std::vector<double>(dimensions, 0), std::vector<double>(dimensions, kBelowOne),
          std::vector<double>(dimensions, 1)};
}

TrustRadius::TrustRadius(std::size_t batch, std::size_t dimensions)
    : batch_(batch),
      patience_(most_failures(batch, dimensions)),
      radius_(kFirstRadius),
      best_(kNone),
      batch_best_(kNone) {}

void TrustRadius::before(double value) { best_ = std::fmin(best_, value); }

void TrustRadius::after(double value) {
  batch_best_ = std::fmin(batch_best_, value);
  if (++values_ == batch_) end_batch();
}

double TrustRadius::now() const {
  TrustRadius ended = *this;
  if (values_ > 0) ended.end_batch();
  return ended.radius_;
}

void TrustRadius::end_batch() {
  const bool better = batch_best_ < best_;
  best_ = std::min(best_, batch_best_);
  successes_ = better ? successes_ + 1 : 0;
  failures_ = better ? 0 : failures_ + 1;
  if (successes_ == kSuccesses) {
    radius_ = std::min(kMostRadius, 2 * radius_);
    successes_ = 0;
  }
  if (failures_ == patience_) {
    radius_ = radius_ / 2 < kLeastRadius ? kFirstRadius : radius_ / 2;
    failures_ = 0;
  }
  values_ = 0;
  batch_best_ = kNone;
}

Box trust_region(const GaussianProcess& process, std::span<const double> centre, double radius) {
  const std::size_t d = centre.size();
  const auto is_active = [&](std::size_t k) { return centre[k] >= 0; };
  std::size_t active = 0;
  for (std::size_t k = 0; k < d; ++k) active += is_active(k) ? 1 : 0;
  const auto scale = [&](std::size_t k) { return std::min(process.length_scales()[k], kLongestScale); };
  double log_mean = 0;
  for (std::size_t k = 0; k < d; ++k) {
    if (is_active(k)) log_mean += std::log(scale(k)) / static_cast<double>(active);
  }
  Box box = whole_box(d);
  for (std::size_t k = 0; k < d; ++k) {
    if (process.data().kinds[k] == kCategorical || !is_active(k)) continue;
    box.half[k] = std::min(1.0, 0.5 * radius * scale(k) / std::exp(log_mean));
    box.low[k] = std::max(box.low[k], centre[k] - box.half[k]);
    box.high[k] = std::min(box.high[k], centre[k] + box.half[k]);
  }
  return box;
}

}  // namespace shac
