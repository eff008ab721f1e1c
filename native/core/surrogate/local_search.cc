#include "core/surrogate/local_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "core/rng.h"
#include "core/surrogate/cells.h"
#include "core/surrogate/improvement.h"
#include "core/surrogate/rprop.h"
#include "core/surrogate/trust_region.h"

namespace shac {
namespace {

// Points of the trust region that are looked at, and how many of the most promising are improved, in so many steps.
constexpr std::size_t kLocalPoints = 200;
constexpr std::size_t kImproved = 3;
constexpr int kSteps = 16;
constexpr double kFirstStep = 0.02;  // of the box's mean half side
constexpr double kFirstStepOutside = 0.01;
// Coordinates that are moved together, on average: all of them of few, so many of many, or only some.
constexpr double kMovedMany = 20, kMovedFew = 2;
constexpr double kCategoryChance = 0.3;
// Of points in which coordinates are active that are not so in the centre: how often these are anywhere, and not near
// the best place that is known.
constexpr double kAnewChance = 0.5;
// Points with values that are only expected. The process costs the cube of all that it has: beyond, half of them go.
constexpr std::size_t kMostExpected = 160;

// Random numbers in sequence.
class Random {
 public:
  Random(std::uint64_t seed, std::uint32_t stream, std::uint64_t first) : stream_(seed, stream), draw_(first) {}
  double uniform() { return stream_.offset(draw_++, 0); }
  std::size_t below(std::size_t count) {
    return std::min(count - 1, static_cast<std::size_t>(uniform() * static_cast<double>(count)));
  }

 private:
  const Stream stream_;
  std::uint64_t draw_;
};

class LocalSearch {
 public:
  LocalSearch(const CodeSpace& space, const LocalRequest& request)
      : request_(request),
        cells_(space, request.continuous),
        d_(space.dimensions()),
        taken_(d_),
        random_(request.seed, request.stream, request.first_draw) {
    process_.emplace(request.known.observations, request.parameters);
    find_centre();
    for (std::size_t k = 0; k < d_; ++k) reach_.push_back(cells_.reach(elsewhere_[k], k));
    for (std::size_t k = 0; k < d_; ++k) {
      if (!space.conditions.on(k)) digits_.push_back(k);
      if (!space.conditions.dependants(k).empty()) parents_.push_back(k);
    }
    const auto order = space.conditions.order();
    digits_.insert(digits_.begin(), order.rbegin(), order.rend());
    box_ = trust_region(*process_, centre_, request.known.radius);
    for (std::size_t at = 0; at < request.pending.size(); at += d_) {
      expect(std::span(request.pending).subspan(at, d_));
    }
  }

  std::vector<double> propose(const CancelToken& token) {
    std::vector<double> result;
    for (std::size_t i = 0; i < request_.count; ++i) {
      token.throw_if_cancelled();
      const std::vector<double> point = next(i);
      result.insert(result.end(), point.begin(), point.end());
      if (i + 1 < request_.count) expect(point);
    }
    return result;
  }

  std::vector<double> ranked(const CancelToken& token) {
    token.throw_if_cancelled();
    std::vector<Candidate> pool = pool_of(0);
    if (pool.empty()) return another();
    by_promise(pool);
    std::vector<double> result;
    for (const Candidate& candidate : pool) result.insert(result.end(), candidate.point.begin(), candidate.point.end());
    return result;
  }

 private:
  struct Candidate {
    std::vector<double> point;
    double promise;
  };

  // Stable: of equals every standard library takes the same.
  static void by_promise(std::vector<Candidate>& pool) {
    std::stable_sort(pool.begin(), pool.end(),
                     [](const Candidate& a, const Candidate& b) { return a.promise > b.promise; });
  }

  // The best point by what the process makes of it: noise is not taken for merit.
  void find_centre() {
    const std::vector<double> means = process_->means();
    const auto best = std::min_element(means.begin(), means.end());
    const auto centre = process_->data().point(static_cast<std::size_t>(best - means.begin()));
    centre_.assign(centre.begin(), centre.end());
    best_ = *best;
    elsewhere_ = centre_;
    for (std::size_t k = 0; k < d_; ++k) {
      if (centre_[k] != kNoPlace) active_.push_back(k);
      if (centre_[k] == kNoPlace) elsewhere_[k] = best_place(means, k);
    }
  }

  // Of a coordinate that is inactive in the best point: where the best of those is in which it is active, if there is
  // one.
  double best_place(const std::vector<double>& means, std::size_t k) const {
    double place = kNoPlace, least = std::numeric_limits<double>::infinity();
    for (std::size_t row = 0; row < means.size(); ++row) {
      const double there = process_->data().point(row)[k];
      if (there == kNoPlace || means[row] >= least) continue;
      place = there;
      least = means[row];
    }
    return place;
  }

  // As if the point had been evaluated, with the value that is expected.
  void expect(std::span<const double> point) {
    if (expected_.size() == kMostExpected) forget_half();
    const double mean = process_->predict(point).mean;
    process_->add(point, mean);
    expected_.add(point, mean);
    taken_.add(point);
    best_ = std::min(best_, mean);
  }

  // Chance decides which: what is left is still spread as all of them are. None of them is proposed again.
  void forget_half() {
    std::vector<std::size_t> rows(expected_.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    const std::size_t kept = rows.size() / 2;
    for (std::size_t i = 0; i < kept; ++i) std::swap(rows[i], rows[i + random_.below(rows.size() - i)]);
    Observations left{.dimensions = d_, .kinds = {}, .points = {}, .values = {}};
    process_.emplace(request_.known.observations, request_.parameters);
    for (std::size_t i = 0; i < kept; ++i) {
      left.add(expected_.point(rows[i]), expected_.values[rows[i]]);
      process_->add(left.point(i), left.values[i]);
    }
    expected_ = std::move(left);
  }

  // Points of the trust region: the centre with some coordinates moved, over all or over a small part of the box.
  std::vector<double> perturbed() {
    std::vector<double> points;
    points.reserve(kLocalPoints * d_);
    const double active = static_cast<double>(active_.size());
    for (std::size_t i = 0; i < kLocalPoints; ++i) {
      const double share = std::pow(10.0, -2 * random_.uniform());
      const double chance = std::min(1.0, (random_.uniform() < 0.5 ? kMovedMany : kMovedFew) / active);
      const std::size_t always = active_[random_.below(active_.size())];
      const bool anew = active_.size() < d_ && random_.uniform() < kAnewChance;
      for (std::size_t k = 0; k < d_; ++k) {
        if (centre_[k] == kNoPlace && (anew || elsewhere_[k] == kNoPlace)) {
          points.push_back(random_.uniform());
          continue;
        }
        const bool moves = k == always || random_.uniform() < chance;
        points.push_back(moves ? moved(k, share, k == always) : elsewhere_[k]);
      }
    }
    return points;
  }

  double moved(std::size_t k, double share, bool always) {
    const double at = random_.uniform();
    const double from = elsewhere_[k];
    if (process_->data().kinds[k] == kCategorical) return always || random_.uniform() < kCategoryChance ? at : from;
    const double reach = std::max(box_.half[k] * share, reach_[k]);
    const double low = std::max(0.0, from - reach), high = std::min(1.0, from + reach);
    return low + (high - low) * at;
  }

  // The most promising of the points, and what is near them. A point is not proposed twice, while there are others.
  std::vector<double> next(std::size_t i) {
    std::vector<Candidate> pool = pool_of(i);
    if (pool.empty()) return another();
    return std::max_element(pool.begin(), pool.end(),
                            [](const Candidate& a, const Candidate& b) { return a.promise < b.promise; })
        ->point;
  }

  // Points that are not known, to choose this proposal from.
  std::vector<Candidate> pool_of(std::size_t proposal) {
    const bool local = proposal >= request_.explore;
    std::vector<double> points = local ? perturbed() : request_.candidates;
    for (std::size_t i = 0; i < points.size(); ++i) points[i] = cells_.snapped(points[i], i % d_);
    for (std::size_t at = 0; at < points.size(); at += d_) cells_.deactivate(std::span(points).subspan(at, d_));
    std::vector<Candidate> pool;
    consider(points, pool);
    const std::size_t starts = std::min(kImproved, pool.size());
    by_promise(pool);
    for (std::size_t i = 0; i < starts; ++i) consider(improved(pool[i].point, local), pool);
    return pool;
  }

  void consider(const std::vector<double>& points, std::vector<Candidate>& pool) const {
    const std::vector<Prediction> predictions = process_->predict_rows(points);
    for (std::size_t i = 0; i < predictions.size(); ++i) {
      const auto first = points.begin() + static_cast<std::ptrdiff_t>(i * d_);
      std::vector<double> point(first, first + static_cast<std::ptrdiff_t>(d_));
      if (!is_known(point)) pool.push_back({std::move(point), log_expected_improvement(predictions[i], best_).value});
    }
  }

  bool is_known(const std::vector<double>& point) const {
    return request_.known.points->has(point, request_.known.rows) || taken_.has(point, taken_.size());
  }

  std::vector<double> improved(std::vector<double> point, bool local) const {
    Box box = local ? box_ : whole_;
    // Which coordinates are active stays.
    for (const std::size_t k : parents_) box.low[k] = box.high[k] = point[k];
    for (std::size_t k = 0; k < d_; ++k) {
      if (point[k] == kNoPlace) box.low[k] = box.high[k] = point[k];
    }
    const Rprop climb(box.low, box.high, local ? kFirstStep * box.mean_half() : kFirstStepOutside);
    std::vector<double> by_mean(d_), by_deviation(d_);
    climb.minimise(point, kSteps, [&](std::span<const double> at, std::span<double> gradient) {
      const auto improvement = log_expected_improvement(process_->predict(at, by_mean, by_deviation), best_);
      for (std::size_t k = 0; k < d_; ++k) {
        gradient[k] = -(improvement.by_mean * by_mean[k] + improvement.by_deviation * by_deviation[k]);
      }
      return -improvement.value;
    });
    for (std::size_t k = 0; k < d_; ++k) point[k] = cells_.snapped(point[k], k);
    return point;
  }

  // A point that is not known, unless there is none: the first from a random one on, coordinates running like digits.
  std::vector<double> another() {
    std::vector<double> first(d_);
    for (std::size_t k = 0; k < d_; ++k) first[k] = cells_.snapped(random_.uniform(), k);
    std::vector<double> point = first;
    const std::size_t most = request_.known.rows + taken_.size();
    for (std::size_t steps = 0; steps < most && is_known(only_active(point)); ++steps) {
      advance(point, first);
      // All are known: how many steps lead to the last one is known, too.
      if (point == first) return only_active(after(most % (steps + 1), first));
    }
    return only_active(point);
  }

  std::vector<double> only_active(std::vector<double> point) const {
    cells_.deactivate(point);
    return point;
  }

  std::vector<double> after(std::size_t steps, const std::vector<double>& first) const {
    std::vector<double> point = first;
    for (; steps > 0; --steps) advance(point, first);
    return point;
  }

  void advance(std::vector<double>& point, const std::vector<double>& first) const {
    const std::vector<double> active = only_active(point);
    for (const std::size_t k : digits_) {
      if (active[k] == kNoPlace) continue;
      point[k] = cells_.next(point[k], k);
      if (point[k] != first[k]) break;
    }
  }

  const LocalRequest& request_;
  const Cells cells_;
  const std::size_t d_;
  std::optional<GaussianProcess> process_;  // never empty
  Observations expected_{.dimensions = d_, .kinds = {}, .points = {}, .values = {}};
  KnownPoints taken_;  // points that will be evaluated before the next one
  Random random_;
  std::vector<double> centre_;
  std::vector<double> reach_;         // one a coordinate
  std::vector<std::size_t> active_;   // coordinates that are active in the centre
  std::vector<double> elsewhere_;     // the centre; of others the best place where they are active, if there is one
  std::vector<std::size_t> parents_;  // coordinates that others depend on
  std::vector<std::size_t> digits_;   // all coordinates, each before those it depends on
  double best_ = 0;
  Box box_;
  const Box whole_ = whole_box(d_);
};

}  // namespace

std::vector<double> propose(const CodeSpace& space, const LocalRequest& request, const CancelToken& token) {
  return LocalSearch(space, request).propose(token);
}

std::vector<double> ranked(const CodeSpace& space, const LocalRequest& request, const CancelToken& token) {
  return LocalSearch(space, request).ranked(token);
}

}  // namespace shac
