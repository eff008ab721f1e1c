// What has been evaluated, and what of it the next proposals are made from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "core/surrogate/gaussian_process.h"
#include "core/surrogate/known_points.h"
#include "core/surrogate/trust_region.h"

namespace shac {

// What is known at one moment. It stays as it is while the history that it is of grows, on any thread.
struct Knowledge {
  Observations observations;
  double radius = 0;  // of the trust region
  std::shared_ptr<const KnownPoints> points;
  std::size_t rows = 0;  // so many of them, the first, are known
};

// The finished trials of a study. It only grows, and belongs to one thread. What a call costs does not depend on how
// many trials there are, as long as those before them are finished, too.
class History {
 public:
  static constexpr std::size_t kMostTrials = std::size_t{1} << 26;
  static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

  // Trials before `local_from` are not of the local phase; of those from it on, `batch` are evaluated at once.
  // `kinds`: one a coordinate.
  History(std::vector<std::uint8_t> kinds, std::size_t local_from, std::size_t batch);

  // A trial is finished. A point is a place in [0, 1) a coordinate, (plain code + offset) / levels, or kNoPlace.
  // Smaller values are
  // better; NaN is that of a failure. Throws Error(kInvalidArgument) for a trial that was added before, or from
  // kMostTrials on.
  void add(std::size_t trial, std::span<const double> point, double value);

  std::size_t dimensions() const noexcept { return kinds_.size(); }
  std::size_t size() const noexcept { return values_.size(); }

  // What a process learns from: of the trials before `end` the best ones and the newest ones, in order; at most 120,
  // since a process costs the cube of their number. Their values are scaled to mean 0 and variance 1, and differences
  // among bad ones count for little.
  Observations observations(std::size_t end = kAll) const;

  Knowledge knowledge() const;

 private:
  std::vector<std::size_t> chosen(std::size_t end) const;
  bool is_finished(std::size_t trial) const { return trial < row_of_.size() && row_of_[trial] != kNone; }
  double value_of(std::size_t trial) const { return values_[row_of_[trial]]; }
  void settle();
  double radius() const;

  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  std::vector<std::uint8_t> kinds_;
  std::size_t local_from_, batch_;
  // One a row, in the order in which the trials were finished.
  std::shared_ptr<KnownPoints> points_;
  std::vector<double> values_;
  std::vector<std::uint32_t> row_of_;                // by trial; kNone of one that is not finished
  std::set<std::pair<double, std::size_t>> ranked_;  // value and trial, the best one first, failures last
  std::size_t unfinished_ = 0;                       // the first trial that is not finished
  // The trust region after the trials before `settled_`, all of which are finished.
  TrustRadius settled_radius_;
  std::size_t settled_ = 0;
};

}  // namespace shac
