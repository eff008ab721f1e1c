// Cells of the unit cube: places that are snapped, one cell after the other, and how far the next values are.
#include "core/surrogate/cells.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include "test/surrogate/local_requests.h"

namespace shac::test {
namespace {

// The middles of the cells of coordinate k that have a value, ascending.
std::vector<double> values_of(const Cells& cells, std::uint32_t levels, std::size_t k) {
  std::set<double> values;
  for (std::uint32_t code = 0; code < levels; ++code) values.insert(cells.snapped((code + 0.5) / levels, k));
  return {values.begin(), values.end()};
}

TEST(Cells, KeepPlacesOfContinuousCoordinatesWithinTheCube) {
  const LocalSpace space = ordered({kContinuous});
  const Cells cells(space.codes, space.continuous);
  EXPECT_EQ(cells.snapped(0.123456789, 0), 0.123456789);
  EXPECT_EQ(cells.snapped(-1, 0), 0);
  EXPECT_LT(cells.snapped(2, 0), 1);
  EXPECT_EQ(cells.reach(0.5, 0), 0);
}

TEST(Cells, SnapToThePlacesOfTheSpace) {
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    const LocalSpace space = random_space(random);
    const Cells cells(space.codes, space.continuous);
    std::vector<double> point;
    for (std::size_t k = 0; k < space.dimensions(); ++k) point.push_back(cells.snapped(1.5 * random.unit() - 0.25, k));
    expect_places(space, point, 1);
    for (std::size_t k = 0; k < space.dimensions(); ++k) EXPECT_EQ(cells.snapped(point[k], k), point[k]);
  }
}

TEST(Cells, FollowOneAnotherThroughAllValues) {
  LocalSpace space = ordered({1, 2, 7, 40, kContinuous});
  space.continuous.back() = 0;
  space.codes.snaps.back() = step_snap(9);
  const Cells cells(space.codes, space.continuous);
  for (std::size_t k = 0; k < space.dimensions(); ++k) {
    const std::vector<double> values = values_of(cells, space.codes.levels[k], k);
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(cells.next(values[i], k), values[(i + 1) % values.size()]);
    }
  }
}

TEST(Cells, ReachTheValuesOnBothSides) {
  LocalSpace space = ordered({2, 7, 40, kContinuous, kContinuous});
  for (const std::size_t k : {3, 4}) {
    space.continuous[k] = 0;
    space.codes.snaps[k] = step_snap(k == 3 ? 9 : 50);
  }
  const Cells cells(space.codes, space.continuous);
  for (std::size_t k = 0; k < space.dimensions(); ++k) {
    const std::vector<double> values = values_of(cells, space.codes.levels[k], k);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double reach = cells.reach(values[i], k) * (1 - 1e-9);
      EXPECT_LE(cells.snapped(values[i] - reach, k), values[i == 0 ? 0 : i - 1]);
      EXPECT_GE(cells.snapped(values[i] + reach, k), values[std::min(i + 1, values.size() - 1)]);
    }
  }
}

}  // namespace
}  // namespace shac::test
