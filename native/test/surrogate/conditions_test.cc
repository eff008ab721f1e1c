// The local phase in spaces with conditions.
#include "test/conditions.h"

#include <set>

#include "core/surrogate/cells.h"
#include "test/surrogate/local_requests.h"

namespace shac::test {
namespace {

LocalSpace local(CodeSpace codes) {
  LocalSpace space = ordered(codes.levels);
  for (const std::uint32_t j : codes.conditions.order()) space.kinds[j] = kOrderedOrInactive;
  space.codes = std::move(codes);
  return space;
}

std::vector<double> active_place(Random& random, const LocalSpace& space) {
  std::vector<double> point = random_place(random, space);
  Cells(space.codes, space.continuous).deactivate(point);
  return point;
}

std::vector<double> active_places(Random& random, const LocalSpace& space, std::size_t rows) {
  std::vector<double> points;
  for (std::size_t row = 0; row < rows; ++row) {
    const std::vector<double> point = active_place(random, space);
    points.insert(points.end(), point.begin(), point.end());
  }
  return points;
}

// That what is active is so by the conditions.
void expect_right(const LocalSpace& space, std::span<const double> point) {
  std::vector<std::uint16_t> row;
  for (std::size_t k = 0; k < space.dimensions(); ++k) {
    const double place = point[k] == kNoPlace ? 0.5 : point[k];
    ASSERT_TRUE(place >= 0 && place < 1);
    const auto raw = static_cast<std::size_t>(place * space.codes.levels[k]);
    row.push_back(space.codes.snaps[k] ? (*space.codes.snaps[k])[raw] : static_cast<std::uint16_t>(raw));
  }
  deactivate(space.codes, row);
  for (std::size_t k = 0; k < space.dimensions(); ++k) {
    ASSERT_EQ(point[k] == kNoPlace, space.codes.conditions.on(k) && row[k] == kInactive) << k;
  }
}

TEST(LocalConditions, ProposalsHavePlacesWhereTheyAreActive) {
  Random random(3);
  const LocalSpace space = local(tree_space());
  for (int round = 0; round < 20; ++round) {
    Evaluated request = evaluated(space, active_places(random, space, 25), [&](const auto&) { return random.unit(); });
    request.candidates = active_places(random, space, 30);
    request.count = 8;
    request.explore = 2;
    request.seed = random.bits();
    const std::vector<double> points = propose(space.codes, request, {});
    ASSERT_EQ(points.size(), 8 * space.dimensions());
    for (std::size_t at = 0; at < points.size(); at += space.dimensions()) {
      expect_right(space, std::span(points).subspan(at, space.dimensions()));
    }
  }
}

// A switch, and a number with it: 1 + 3 points; two of these: 16.
TEST(LocalConditions, NoPointOfASmallSpaceIsProposedTwice) {
  CodeSpace codes = plain_space({2, 3, 3, 2});
  codes.conditions = Conditions({{}, {when(0, 2, 1, 1)}, {when(3, 2, 1, 1)}, {}});
  const LocalSpace space = local(codes);
  Random random(4);
  const std::vector<double> first = active_place(random, space);
  Evaluated request = evaluated(space, first, [](const auto&) { return 0.5; });
  std::set<std::vector<double>> seen{first};
  for (int trial = 1; trial < 16; ++trial) {
    request.seed = random.bits();
    const std::vector<double> point = propose(space.codes, request, {});
    expect_right(space, point);
    EXPECT_TRUE(seen.insert(point).second) << "after " << trial;
    record(request, point, random.unit());
  }
  expect_right(space, propose(space.codes, request, {}));
}

// The best of three kinds has a number whose best place is 0.7.
TEST(LocalConditions, ABranchIsSearchedWithItsOwnCoordinates) {
  CodeSpace codes = plain_space({3, kContinuous, kContinuous, kContinuous});
  codes.conditions = Conditions({{}, {when(0, 3, 0, 0)}, {when(0, 3, 1, 1)}, {when(0, 3, 2, 2)}});
  LocalSpace space = local(codes);
  space.kinds[0] = kCategorical;
  const auto value = [](std::span<const double> point) {
    if (point[3] != kNoPlace) return 8 * std::pow(point[3] - 0.7, 2);
    return 0.8 + std::pow(std::max(point[1], point[2]) - 0.2, 2);
  };
  Random random(5);
  Evaluated request = evaluated(space, active_places(random, space, 12), value);
  double best = 1e300;
  for (int trial = 0; trial < 25; ++trial) {
    request.parameters = fit(request);
    request.seed = random.bits();
    const std::vector<double> point = propose(space.codes, request, {});
    record(request, point, value(point));
    best = std::min(best, value(point));
  }
  EXPECT_LT(best, 1e-4);
}

}  // namespace
}  // namespace shac::test
