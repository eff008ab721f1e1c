#include "core/surrogate/cells.h"

#include <algorithm>
#include <cmath>

namespace shac {
namespace {

constexpr double kBelowOne = 1 - 0x1p-53;

}  // namespace

double Cells::snapped(double place, std::size_t k) const {
  if (place == kNoPlace && space_.conditions.on(k)) return place;
  const std::uint32_t levels = space_.levels[k];
  place = std::clamp(place, 0.0, kBelowOne);
  if (continuous_[k] != 0) return place;
  std::uint32_t code = std::min(levels - 1, static_cast<std::uint32_t>(place * levels));
  if (space_.snaps[k] != nullptr) code = (*space_.snaps[k])[code];
  return (code + 0.5) / levels;
}

std::uint16_t Cells::code(double place, std::size_t k) const {
  const std::uint32_t levels = space_.levels[k];
  if (place == kNoPlace) return kInactive;
  auto plain = static_cast<std::uint16_t>(std::min(levels - 1, static_cast<std::uint32_t>(place * levels)));
  if (space_.snaps[k] != nullptr) plain = (*space_.snaps[k])[plain];
  return space_.conditions.on(k) ? active_code(plain) : plain;
}

void Cells::deactivate(std::span<double> point) const {
  for (const std::uint32_t j : space_.conditions.order()) {
    const auto conditions = space_.conditions.of(j);
    const bool active = std::all_of(conditions.begin(), conditions.end(), [&](const Condition& one) {
      return one.holds(code(point[one.parent()], one.parent()));
    });
    if (!active) point[j] = kNoPlace;
  }
}

double Cells::next(double place, std::size_t k) const {
  const std::uint32_t levels = space_.levels[k];
  const auto& snap = space_.snaps[k];
  auto code = static_cast<std::uint32_t>(place * levels);
  for (std::uint32_t left = levels; left > 0; --left) {
    code = (code + 1) % levels;
    if (snap == nullptr || (*snap)[code] == code) break;
  }
  return (code + 0.5) / levels;
}

double Cells::reach(double place, std::size_t k) const {
  if (continuous_[k] != 0 || place == kNoPlace) return 0;
  const std::uint32_t levels = space_.levels[k];
  const auto& snap = space_.snaps[k];
  if (snap == nullptr) return 1.5 / levels;
  const auto middle = static_cast<int>(place * levels), end = static_cast<int>(levels);
  int widest = 0;
  for (const int step : {-1, 1}) {
    int at = middle;
    // Over the rest of its own codes, then over those of its neighbour.
    for (int values = 0; values < 2 && at >= 0 && at < end; ++values) {
      const std::uint16_t value = (*snap)[static_cast<std::size_t>(at)];
      while (at >= 0 && at < end && (*snap)[static_cast<std::size_t>(at)] == value) at += step;
    }
    widest = std::max(widest, std::abs(at - middle));
  }
  return (widest - 0.5) / levels;
}

}  // namespace shac
