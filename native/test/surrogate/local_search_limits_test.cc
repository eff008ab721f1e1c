// The local search at its limits: spaces that are used up, values that say nothing, numbers at the ends of their range.
#include <algorithm>
#include <limits>
#include <set>

#include "core/surrogate/local_search.h"
#include "test/surrogate/local_requests.h"

namespace shac::test {
namespace {

std::size_t combinations(const CodeSpace& space) {
  std::size_t count = 1;
  for (std::size_t k = 0; k < space.dimensions(); ++k) {
    const auto& snap = space.snaps[k];
    count *= snap ? std::set(snap->begin(), snap->end()).size() : space.levels[k];
  }
  return count;
}

// Evaluates until every combination is taken, after `first` at random: none twice.
void expect_all_taken(const LocalSpace& space, std::size_t at_once, std::uint64_t seed, std::size_t first = 1) {
  Random random(seed);
  Evaluated request = evaluated(space, random_places(random, space, first), distance_to_middle);
  request.seed = seed;
  const std::size_t d = space.dimensions(), count = combinations(space.codes);
  const auto rows = rows_of(request.points, d);
  std::set<std::vector<double>> taken(rows.begin(), rows.end());
  while (taken.size() < count) {
    request.stream++;
    request.count = std::min(at_once, count - taken.size());
    request.candidates = random_places(random, space, 5);
    request.explore = request.stream % 3 == 0 ? 1 : 0;
    for (const auto& point : rows_of(propose(space.codes, request, {}), d)) {
      ASSERT_TRUE(taken.insert(point).second) << "after " << taken.size() << " of " << count;
      record(request, point, distance_to_middle(point));
    }
  }
  // Then it has nothing new to say, but says something.
  request.count = 2;
  for (const std::size_t explore : {0u, 2u}) {
    request.explore = explore;
    expect_places(space, propose(space.codes, request, {}), 2);
  }
}

LocalSpace stepped() {
  LocalSpace space = ordered({kContinuous, 3});
  space.codes.snaps[0] = step_snap(6);
  space.continuous[0] = 0;
  return space;
}

TEST(LocalSearchLimits, NoPointIsProposedTwiceWhileThereAreOthers) {
  for (const std::size_t at_once : {1u, 4u}) {
    expect_all_taken(ordered({7}), at_once, 1);
    expect_all_taken(categories({3, 4}), at_once, 2);
    expect_all_taken(ordered({20}), at_once, 3);
    expect_all_taken(ordered({5, 6}), at_once, 4);
    expect_all_taken(categories({2, 2, 2, 2, 2}), at_once, 5);
    expect_all_taken(stepped(), at_once, 6);
  }
}

TEST(LocalSearchLimits, NorInALongHistory) { expect_all_taken(categories({9, 9}), 4, 7, 150); }

// More at once than are expected to give their values at a time: most are forgotten, and still not proposed again.
TEST(LocalSearchLimits, NorInALargeBatch) { expect_all_taken(ordered({30, 30}), 500, 8); }

TEST(LocalSearchLimits, OnePointIsLeft) {
  const LocalSpace space = categories({3, 3});
  std::vector<double> points;
  for (int i = 0; i < 9; ++i) {
    points.push_back((i / 3 + 0.5) / 3);
    points.push_back((i % 3 + 0.5) / 3);
  }
  for (std::size_t left = 0; left < 9; ++left) {
    const auto at = static_cast<std::ptrdiff_t>(2 * left);
    const std::vector<double> expected(points.begin() + at, points.begin() + at + 2);
    std::vector<double> others = points;
    others.erase(others.begin() + at, others.begin() + at + 2);
    // Some of the others are pending.
    const std::vector<double> pending(others.begin() + 8, others.end());
    others.resize(8);
    Evaluated request = evaluated(space, others, distance_to_middle);
    request.pending = pending;
    EXPECT_EQ(propose(space.codes, request, {}), expected);
    request.candidates = points;
    request.explore = 1;
    EXPECT_EQ(propose(space.codes, request, {}), expected);
  }
}

TEST(LocalSearchLimits, ASpaceOfOnePoint) {
  const LocalSpace space = categories({1, 1});
  Evaluated request = evaluated(space, {0.5, 0.5}, distance_to_middle);
  request.count = 2;
  EXPECT_EQ(propose(space.codes, request, {}), std::vector<double>(4, 0.5));
}

// --- values ----------------------------------------------------------------------------------------------------------

void expect_proposals(const LocalSpace& space, const std::vector<double>& values, std::uint64_t seed) {
  Random random(seed);
  Evaluated request = evaluated(space, random_places(random, space, values.size()), distance_to_middle);
  request.values = values;
  request.parameters = fit(request);
  for (const double scale : request.parameters.length_scales) ASSERT_TRUE(scale > 0 && std::isfinite(scale));
  ASSERT_TRUE(request.parameters.noise > 0 && std::isfinite(request.parameters.noise));
  request.local_from = values.size() / 2;
  request.count = 3;
  request.explore = 1;
  request.candidates = random_places(random, space, 10);
  expect_places(space, propose(space.codes, request, {}), 3);
}

TEST(LocalSearchLimits, ValuesThatSayNothing) {
  const double nan = std::nan("");
  const LocalSpace line = ordered({kContinuous});
  const std::vector<LocalSpace> spaces = {line, ordered(std::vector<std::uint32_t>(40, kContinuous)),
                                          categories({3, 3}), stepped()};
  for (const LocalSpace& space : spaces) {
    for (const auto& values : std::vector<std::vector<double>>{{nan}, {1}, {nan, nan}, {nan, 1}, {2, 2}}) {
      expect_proposals(space, values, 8);
    }
    expect_proposals(space, std::vector<double>(10, nan), 8);
    expect_proposals(space, std::vector<double>(10, -7.5), 8);
  }
  expect_proposals(line, std::vector<double>(150, nan), 8);
  expect_proposals(line, std::vector<double>(150, 0), 8);
}

TEST(LocalSearchLimits, ValuesAtTheEndsOfTheirRange) {
  constexpr double kMost = std::numeric_limits<double>::max(), kLeast = std::numeric_limits<double>::denorm_min();
  const std::vector<double> ends = {kMost, -kMost, 1e308, -1e308, kLeast, -kLeast, 1e-310, 0, -0.0, 1, std::nan("")};
  const std::vector<LocalSpace> spaces = {ordered({kContinuous}), ordered({kContinuous, 9}), categories({3, 3})};
  Random random(9);
  for (int i = 0; i < 100; ++i) {
    std::vector<double> values;
    const std::size_t count = random.between(1, 12);
    for (std::size_t j = 0; j < count; ++j) values.push_back(ends[random.below(ends.size())]);
    SCOPED_TRACE(testing::PrintToString(values));
    expect_proposals(spaces[static_cast<std::size_t>(i) % spaces.size()], values, 10 + static_cast<std::uint64_t>(i));
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(LocalSearchLimits, WildValuesDoNotHideTheOthers) {
  const LocalSpace space = ordered({kContinuous, kContinuous});
  for (const double unit : {1e-300, 1e100}) {
    const auto value = [&](const std::vector<double>& x) {
      return x[0] + x[1] > 1.5 ? std::numeric_limits<double>::max() : unit * branin(x);
    };
    for (const std::uint64_t seed : {1, 2}) {
      EXPECT_LT(best_of(space, 12, 50, seed, value), unit * (0.397887 + 0.2)) << unit << ", seed " << seed;
    }
  }
}

TEST(LocalSearchLimits, PointsAtTheEndsOfTheCube) {
  const LocalSpace space = ordered({kContinuous, kContinuous});
  const double low = 0, high = std::nextafter(1.0, 0.0);
  Evaluated request = evaluated(space, {low, low, high, high, low, high, 0.5, 0.5, high, high}, distance_to_middle);
  request.count = 4;
  request.explore = 2;
  request.candidates = {high, low, low, low};
  request.pending = {high, high};
  expect_places(space, propose(space.codes, request, {}), 4);
}

TEST(LocalSearchLimits, ManyCoordinates) {
  const LocalSpace space = ordered(std::vector<std::uint32_t>(40, kContinuous));
  Random random(12);
  Evaluated request = evaluated(space, random_places(random, space, 100), distance_to_middle);
  double worst = 0;
  for (std::uint32_t stream = 0; stream < 5; ++stream) {
    request.stream = stream;
    const std::vector<double> point = propose(space.codes, request, {});
    expect_places(space, point, 1);
    worst = std::max(worst, distance_to_middle(point));
  }
  const auto [least, most] = std::minmax_element(request.values.begin(), request.values.end());
  EXPECT_LT(worst, *least + (*most - *least) / 2);
}

}  // namespace
}  // namespace shac::test
