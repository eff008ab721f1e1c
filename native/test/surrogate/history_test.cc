// A history tells of finished trials what would be found by looking at all of them again, in whatever order they ended.
#include "core/surrogate/history.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "test/surrogate/observations.h"

namespace shac::test {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMost = 120, kBest = 90;

struct Ended {
  std::size_t trial;
  std::vector<double> point;
  double value;
};

// Of the trials before `end`: the best ones, of equals the first, and of the others the newest.
std::vector<Ended> chosen(std::vector<Ended> trials, std::size_t end) {
  std::erase_if(trials, [&](const Ended& one) { return one.trial >= end; });
  const auto in_order = [](const Ended& a, const Ended& b) { return a.trial < b.trial; };
  std::sort(trials.begin(), trials.end(), in_order);
  if (trials.size() <= kMost) return trials;
  std::stable_sort(trials.begin(), trials.end(), [](const Ended& a, const Ended& b) {
    return std::isnan(b.value) ? !std::isnan(a.value) : a.value < b.value;
  });
  std::sort(trials.begin() + kBest, trials.end(), [&](const Ended& a, const Ended& b) { return in_order(b, a); });
  trials.resize(kMost);
  std::sort(trials.begin(), trials.end(), in_order);
  return trials;
}

std::vector<double> values_in_order(std::vector<Ended> trials) {
  std::sort(trials.begin(), trials.end(), [](const Ended& a, const Ended& b) { return a.trial < b.trial; });
  std::vector<double> values;
  for (const Ended& one : trials) values.push_back(one.value);
  return values;
}

std::size_t before(const std::vector<Ended>& trials, std::size_t end) {
  return static_cast<std::size_t>(
      std::count_if(trials.begin(), trials.end(), [&](const Ended& one) { return one.trial < end; }));
}

// Trials that end out of order: each of the next few may be the next one, and the first one may never end.
std::vector<Ended> any_trials(Random& random, std::size_t count) {
  std::vector<std::size_t> ids(count);
  std::iota(ids.begin(), ids.end(), std::size_t{0});
  const std::size_t apart = random.pick({1u, 3u, 40u});
  for (std::size_t i = 0; i < count; ++i) std::swap(ids[i], ids[std::min(count - 1, i + random.below(apart))]);
  if (random.below(3) == 0) std::erase(ids, std::size_t{0});
  std::vector<Ended> trials;
  for (const std::size_t id : ids) {
    const double value = random.below(8) == 0 ? kNan : static_cast<double>(random.below(60));
    trials.push_back({id, {random.unit(), random.unit()}, value});
  }
  return trials;
}

TEST(History, ChoosesTheBestAndTheNewest) {
  Random random(1);
  for (int i = 0; i < 60; ++i) {
    const std::vector<Ended> trials = any_trials(random, random.between(1, 400));
    const std::size_t local_from = random.below(trials.size() + 1), batch = random.between(1, 9);
    History history({0, 1}, local_from, batch);
    std::vector<Ended> so_far;
    for (const Ended& one : trials) {
      history.add(one.trial, one.point, one.value);
      so_far.push_back(one);
      if (random.below(20) > 0) continue;
      const std::size_t end = random.below(2) == 0 ? History::kAll : random.below(trials.size() + 5);
      const std::vector<Ended> expected = chosen(so_far, end);
      const Observations data = history.observations(end);
      std::vector<double> points;
      for (const Ended& row : expected) points.insert(points.end(), row.point.begin(), row.point.end());
      ASSERT_EQ(data.points, points);
      ASSERT_EQ(data.size(), expected.size());
      ASSERT_EQ(data.kinds, (std::vector<std::uint8_t>{0, 1}));
    }
    ASSERT_EQ(history.size(), trials.size());
  }
}

TEST(History, KnowsTheRadiusOfTheTrustRegion) {
  Random random(2);
  for (int i = 0; i < 100; ++i) {
    const std::vector<Ended> trials = any_trials(random, random.between(1, 150));
    const std::size_t local_from = random.below(trials.size() + 1), batch = random.between(1, 9);
    History history({0, 0}, local_from, batch);
    std::vector<Ended> so_far;
    for (const Ended& one : trials) {
      history.add(one.trial, one.point, one.value);
      so_far.push_back(one);
      const double expected = radius_after(values_in_order(so_far), before(so_far, local_from), batch, 2);
      ASSERT_EQ(history.knowledge().radius, expected);
    }
  }
}

TEST(History, WhatIsKnownAtOneMomentStays) {
  Random random(3);
  History history({0, 0}, 5, 1);
  std::vector<Ended> trials = any_trials(random, 40);
  for (std::size_t i = 0; i < 20; ++i) history.add(trials[i].trial, trials[i].point, trials[i].value);
  const Knowledge known = history.knowledge();
  const Observations before = known.observations;
  for (std::size_t i = 20; i < trials.size(); ++i) history.add(trials[i].trial, trials[i].point, trials[i].value);
  for (std::size_t i = 0; i < trials.size(); ++i) EXPECT_EQ(known.points->has(trials[i].point, known.rows), i < 20);
  EXPECT_EQ(known.observations.points, before.points);
  EXPECT_EQ(history.knowledge().rows, trials.size());
}

TEST(History, TakesATrialOnce) {
  History history({0}, 0, 1);
  const std::vector<double> point = {0.5};
  history.add(7, point, 1);
  error_of(ErrorCode::kInvalidArgument, [&] { history.add(7, point, 2); });
  error_of(ErrorCode::kInvalidArgument, [&] { history.add(History::kMostTrials, point, 2); });
  EXPECT_EQ(history.size(), 1u);
}

}  // namespace
}  // namespace shac::test
