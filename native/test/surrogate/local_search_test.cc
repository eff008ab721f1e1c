// The local search: what it proposes is of the space, as many as wanted, new, and better.
#include "core/surrogate/local_search.h"

#include <algorithm>
#include <set>

#include "test/surrogate/local_requests.h"
#include "test/surrogate/observations.h"

namespace shac::test {
namespace {

// Some request: in any space, with anything evaluated, pending and accepted.
struct Any {
  LocalSpace space;
  Evaluated request;
};

Any any_request(Random& random) {
  Any any;
  any.space = random_space(random);
  any.request = evaluated(any.space, random_places(random, any.space, random.between(1, 30)), distance_to_middle);
  auto& request = any.request;
  for (auto& value : request.values) {
    if (random.below(10) == 0) value = std::nan("");
  }
  request.local_from = random.below(request.values.size() + 1);
  request.batch = random.between(1, 5);
  request.pending = random_places(random, any.space, random.below(4));
  request.candidates = random_places(random, any.space, random.below(20));
  request.count = random.between(1, 4);
  request.explore = random.below(request.count + 1);
  request.seed = random.bits();
  request.stream = static_cast<std::uint32_t>(random.bits());
  return any;
}

TEST(LocalSearch, ProposesPointsOfTheSpace) {
  Random random(1);
  for (int i = 0; i < 60; ++i) {
    const Any any = any_request(random);
    expect_places(any.space, propose(any.space.codes, any.request, {}), any.request.count);
  }
}

TEST(LocalSearch, ProposesTheSameAgain) {
  Random random(2);
  for (int i = 0; i < 20; ++i) {
    const Any any = any_request(random);
    EXPECT_EQ(propose(any.space.codes, any.request, {}), propose(any.space.codes, any.request, {}));
  }
}

TEST(LocalSearch, RanksWhatTheFirstPointIsChosenFrom) {
  Random random(5);
  for (int i = 0; i < 40; ++i) {
    const Any any = any_request(random);
    const std::size_t d = any.space.dimensions();
    const std::vector<double> points = ranked(any.space.codes, any.request, {});
    expect_places(any.space, points, points.size() / d);
    ASSERT_GE(points.size(), d);
    const std::vector<double> proposed = propose(any.space.codes, any.request, {});
    EXPECT_TRUE(std::equal(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(d), proposed.begin()));
  }
}

TEST(LocalSearch, RanksOthersFromOtherRandomNumbers) {
  Random random(6);
  const LocalSpace space = ordered({kContinuous, kContinuous});
  Evaluated request = evaluated(space, random_places(random, space, 10), distance_to_middle);
  const std::vector<double> first = ranked(space.codes, request, {});
  EXPECT_GT(first.size(), 200);
  request.first_draw = std::uint64_t{1} << 28;
  const std::vector<double> second = ranked(space.codes, request, {});
  std::set<std::vector<double>> seen;
  for (const auto& row : rows_of(first, 2)) seen.insert(row);
  for (const auto& row : rows_of(second, 2)) EXPECT_EQ(seen.count(row), 0);
}

TEST(LocalSearch, ProposesOthersForOtherRandomNumbers) {
  Random random(3);
  const LocalSpace space = ordered({kContinuous, kContinuous, kContinuous});
  Evaluated request = evaluated(space, random_places(random, space, 10), distance_to_middle);
  std::set<std::vector<double>> seen;
  for (const std::uint64_t seed : {0ull, 1ull, 1ull << 40}) {
    for (const std::uint32_t stream : {0u, 1u, 0xffffffffu}) {
      request.seed = seed;
      request.stream = stream;
      seen.insert(propose(space.codes, request, {}));
    }
  }
  EXPECT_EQ(seen.size(), 9u);
}

TEST(LocalSearch, DoesNotDependOnTheUnitOfTheValues) {
  Random random(4);
  for (int i = 0; i < 20; ++i) {
    const Any any = any_request(random);
    Evaluated scaled = any.request;
    for (auto& value : scaled.values) value *= 0x1p-700;
    EXPECT_EQ(propose(any.space.codes, scaled, {}), propose(any.space.codes, any.request, {}));
    const Hyperparameters parameters = fit(any.request);
    EXPECT_EQ(fit(scaled).length_scales, parameters.length_scales);
  }
}

TEST(LocalSearch, ExploresTheCandidatesFirst) {
  Random random(5);
  // Categories are not moved off the candidates; what is near the best point has the best one's.
  const LocalSpace space = categories({30, 30});
  Evaluated request = evaluated(space, random_places(random, space, 40), distance_to_middle);
  request.candidates = random_places(random, space, 12);
  request.count = 8;
  const auto candidates = rows_of(request.candidates, 2);
  for (std::size_t explore = 0; explore <= 8; ++explore) {
    request.explore = explore;
    const auto proposed = rows_of(propose(space.codes, request, {}), 2);
    for (std::size_t i = 0; i < explore; ++i) {
      EXPECT_NE(std::find(candidates.begin(), candidates.end(), proposed[i]), candidates.end());
    }
    EXPECT_EQ(std::set(proposed.begin(), proposed.end()).size(), 8u);
  }
}

TEST(LocalSearch, ExploresWithoutCandidates) {
  Random random(6);
  const LocalSpace space = ordered({kContinuous, 7});
  Evaluated request = evaluated(space, random_places(random, space, 10), distance_to_middle);
  request.count = request.explore = 3;
  expect_places(space, propose(space.codes, request, {}), 3);
}

TEST(LocalSearch, KeepsAwayFromWhatIsPending) {
  Random random(7);
  const LocalSpace space = ordered({kContinuous, kContinuous});
  Evaluated request = evaluated(space, random_places(random, space, 15), distance_to_middle);
  std::vector<std::vector<double>> taken;
  for (int i = 0; i < 10; ++i) {
    const std::vector<double> point = propose(space.codes, request, {});
    for (const auto& other : taken) EXPECT_GT(std::hypot(point[0] - other[0], point[1] - other[1]), 1e-6);
    taken.push_back(point);
    request.pending.insert(request.pending.end(), point.begin(), point.end());
  }
}

TEST(LocalSearch, ProposesManyAsOneAfterTheOther) {
  Random random(8);
  const LocalSpace space = categories({2, 3, 4});  // 24 points
  Evaluated request = evaluated(space, random_places(random, space, 3), distance_to_middle);
  const auto known = rows_of(request.points, 3);
  std::set<std::vector<double>> all(known.begin(), known.end());
  request.count = 24 - all.size();
  for (const auto& point : rows_of(propose(space.codes, request, {}), 3)) all.insert(point);
  EXPECT_EQ(all.size(), 24u);
}

// However small the region is, the neighbouring values of a coordinate are in reach.
TEST(LocalSearch, ReachesTheNextValues) {
  LocalSpace steps = ordered({kContinuous});
  steps.codes.snaps[0] = step_snap(60);
  steps.continuous[0] = 0;
  for (const LocalSpace& space : {ordered({60}), steps}) {
    const auto& snap = space.codes.snaps[0];
    const auto step = [&](std::uint32_t i) {
      return snap == nullptr ? (i + 0.5) / 60 : ((*snap)[i * kContinuous / 60 + 1] + 0.5) / kContinuous;
    };
    // Nothing is better than the first: as many failures as make the region the smallest.
    std::vector<double> points = {step(20)}, smallest;
    double least = 1e9;
    while (points.size() < 100) {
      points.push_back(step(points.size() % 2 == 0 ? 5 : 50));
      std::vector<double> values(points.size(), 1);
      values[0] = 0;
      const double radius = radius_after(values, 1, 1, 1);
      if (radius < least) smallest = points;
      least = std::min(least, radius);
    }
    Evaluated request =
        evaluated(space, smallest, [&](const std::vector<double>& x) { return std::abs(x[0] - step(20)); });
    request.local_from = 1;
    for (request.stream = 0; request.stream < 10; ++request.stream) {
      const double found = propose(space.codes, request, {})[0];
      EXPECT_TRUE(found == step(19) || found == step(21)) << found;
    }
  }
}

// Best at a corner of the cube: where rounding makes it a little different, it is still the same point.
TEST(LocalSearch, ProposesACornerOnce) {
  const LocalSpace space = ordered({kContinuous, kContinuous});
  for (const double sign : {1.0, -1.0}) {
    Random random(11);
    const auto slope = [&](const std::vector<double>& x) { return sign * (x[0] + x[1]); };
    Evaluated request = evaluated(space, random_places(random, space, 10), slope);
    std::vector<std::vector<double>> seen;
    for (request.stream = 0; request.stream < 15; ++request.stream) {
      std::vector<double> point = propose(space.codes, request, {});
      for (const auto& other : seen) EXPECT_GT(std::hypot(point[0] - other[0], point[1] - other[1]), 1e-10);
      seen.push_back(point);
      for (auto& place : point) place = std::min(place, 1 - 0x1p-45);
      record(request, point, slope(point));
    }
  }
}

TEST(LocalSearch, LooksNearTheBestPoint) {
  Random random(9);
  const LocalSpace space = ordered(std::vector<std::uint32_t>(4, kContinuous));
  Evaluated request = evaluated(space, random_places(random, space, 40), distance_to_middle);
  double near = 0, anywhere = 0;
  for (std::uint32_t stream = 0; stream < 10; ++stream) {
    request.stream = stream;
    near += distance_to_middle(propose(space.codes, request, {})) / 10;
    anywhere += distance_to_middle(random_place(random, space)) / 10;
  }
  EXPECT_LT(near, anywhere / 4);
}

TEST(LocalSearch, IsStoppedByItsToken) {
  Random random(10);
  const LocalSpace space = ordered({kContinuous});
  const Evaluated request = evaluated(space, random_places(random, space, 5), distance_to_middle);
  CancelToken token;
  token.cancel();
  EXPECT_THROW(propose(space.codes, request, token), Cancelled);
  EXPECT_THROW(fit(request, token), Cancelled);
}

// --- searches --------------------------------------------------------------------------------------------------------

TEST(LocalSearch, FindsTheMinimumOfBranin) {
  const LocalSpace space = ordered({kContinuous, kContinuous});
  for (const std::uint64_t seed : {1, 2, 3}) EXPECT_LT(best_of(space, 10, 60, seed, branin), 0.397887 + 0.05) << seed;
}

TEST(LocalSearch, FindsTheBestOfCategoriesAndSteps) {
  LocalSpace space = ordered({12, kContinuous, 5});
  space.kinds[2] = 1;
  const auto value = [](const std::vector<double>& x) {
    const int category = static_cast<int>(x[2] * 5);
    return std::pow(x[0] - 0.7, 2) + std::pow(x[1] - 0.2, 2) + (category == 3 ? 0 : 0.5 + 0.1 * category);
  };
  for (const std::uint64_t seed : {1, 2, 3}) EXPECT_LT(best_of(space, 15, 60, seed, value), 0.01) << seed;
}

}  // namespace
}  // namespace shac::test
