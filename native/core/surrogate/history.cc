#include "core/surrogate/history.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <span>

namespace shac {
namespace {

// Rows that the process learns from: its cost grows with their cube.
constexpr std::size_t kMostRows = 120;
constexpr std::size_t kBestRows = 90;  // of these, the others are the newest
// What is so many spreads of the better half away is as bad as what is further.
constexpr double kFarthest = 1e6;

// The rows that the process learns from, in order.
std::vector<std::size_t> chosen_rows(const std::vector<double>& values) {
  std::vector<std::size_t> rows(values.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  if (rows.size() <= kMostRows) return rows;
  const auto badness = [&](std::size_t row) {
    return std::isnan(values[row]) ? std::numeric_limits<double>::infinity() : values[row];
  };
  std::stable_sort(rows.begin(), rows.end(), [&](auto a, auto b) { return badness(a) < badness(b); });
  std::sort(rows.begin() + kBestRows, rows.end(), std::greater<>());
  rows.resize(kMostRows);
  std::sort(rows.begin(), rows.end());
  return rows;
}

// Values that are worse than the median are drawn in, logarithmically: however bad they are, what differs among the
// good ones still counts. A failure is as bad as the worst.
void draw_in(std::vector<double>& values) {
  std::vector<double> sorted;
  for (const double value : values) {
    if (!std::isnan(value)) sorted.push_back(value);
  }
  if (sorted.empty()) sorted.push_back(0);
  std::sort(sorted.begin(), sorted.end());
  const double median = sorted[sorted.size() / 2];
  // Half of each, since their difference may overflow.
  const double spread = median / 2 - sorted.front() / 2;
  const double unit = spread > 0 ? spread : sorted.back() / 2 - median / 2;
  for (double& value : values) {
    const double finite = std::isnan(value) ? sorted.back() : value;
    const double distance = unit > 0 ? std::min((finite / 2 - median / 2) / unit, kFarthest) : 0;
    value = distance > 0 ? std::log1p(distance) : distance;
  }
}

// To mean 0 and variance 1.
void standardise(std::vector<double>& values) {
  const double n = static_cast<double>(values.size());
  double mean = 0, variance = 0;
  for (const double value : values) mean += value / n;
  for (const double value : values) variance += (value - mean) * (value - mean) / n;
  const double deviation = variance > 0 ? std::sqrt(variance) : 1;
  for (double& value : values) value = (value - mean) / deviation;
}

}  // namespace

Observations observations(const History& history) {
  Observations data;
  data.dimensions = history.categorical.size();
  data.categorical = history.categorical;
  for (const std::size_t row : chosen_rows(history.values)) {
    data.add(std::span(history.points).subspan(row * data.dimensions, data.dimensions), history.values[row]);
  }
  draw_in(data.values);
  standardise(data.values);
  return data;
}

}  // namespace shac
