#include "core/surrogate/history.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/error.h"

namespace shac {
namespace {

// Rows that the process learns from: its cost grows with their cube.
constexpr std::size_t kMostRows = 120;
constexpr std::size_t kBestRows = 90;  // of these, the others are the newest
// What is so many spreads of the better half away is as bad as what is further.
constexpr double kFarthest = 1e6;

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

double badness(double value) { return std::isnan(value) ? std::numeric_limits<double>::infinity() : value; }

}  // namespace

History::History(std::vector<std::uint8_t> kinds, std::size_t local_from, std::size_t batch)
    : kinds_(std::move(kinds)),
      local_from_(local_from),
      batch_(batch),
      points_(std::make_shared<KnownPoints>(kinds_.size())),
      settled_radius_(batch, kinds_.size()) {}

void History::add(std::size_t trial, std::span<const double> point, double value) {
  if (trial >= kMostTrials || is_finished(trial)) {
    throw Error(ErrorCode::kInvalidArgument, "trial " + std::to_string(trial) + " is there already, or out of range");
  }
  if (trial >= row_of_.size()) row_of_.resize(trial + 1, kNone);
  points_->add(point);
  row_of_[trial] = static_cast<std::uint32_t>(values_.size());
  values_.push_back(value);
  ranked_.emplace(badness(value), trial);
  settle();
}

Observations History::observations(std::size_t end) const {
  Observations data;
  data.dimensions = dimensions();
  data.kinds = kinds_;
  for (const std::size_t trial : chosen(end)) data.add(points_->point(row_of_[trial]), value_of(trial));
  draw_in(data.values);
  standardise(data.values);
  return data;
}

Knowledge History::knowledge() const { return {observations(), radius(), points_, points_->size()}; }

std::vector<std::size_t> History::chosen(std::size_t end) const {
  std::vector<std::size_t> trials;
  for (auto one = ranked_.begin(); one != ranked_.end() && trials.size() < kBestRows; ++one) {
    if (one->second < end) trials.push_back(one->second);
  }
  const std::set<std::size_t> best(trials.begin(), trials.end());
  for (std::size_t trial = std::min(end, row_of_.size()); trial-- > 0 && trials.size() < kMostRows;) {
    if (is_finished(trial) && !best.contains(trial)) trials.push_back(trial);
  }
  std::sort(trials.begin(), trials.end());
  return trials;
}

// Takes into account, once and for all, the batches that are finished and behind nothing that is not.
void History::settle() {
  while (is_finished(unfinished_)) ++unfinished_;
  while (settled_ < std::min(unfinished_, local_from_)) settled_radius_.before(value_of(settled_++));
  while (settled_ >= local_from_ && unfinished_ - settled_ >= batch_) {
    for (std::size_t left = batch_; left > 0; --left) settled_radius_.after(value_of(settled_++));
  }
}

double History::radius() const {
  TrustRadius radius = settled_radius_;
  for (std::size_t trial = settled_; trial < row_of_.size(); ++trial) {
    if (!is_finished(trial)) continue;
    if (trial < local_from_) radius.before(value_of(trial));
    if (trial >= local_from_) radius.after(value_of(trial));
  }
  return radius.now();
}

}  // namespace shac
