// The minimiser: inside a box, on its border, and where the function cannot be computed.
#include "core/surrogate/rprop.h"

#include <limits>

#include "test/support.h"

namespace shac::test {
namespace {

struct Bowl {
  std::vector<double> bottom;
  std::vector<double> steepness;

  double operator()(std::span<const double> x, std::span<double> gradient) const {
    double value = 3;
    for (std::size_t k = 0; k < x.size(); ++k) {
      gradient[k] = 2 * steepness[k] * (x[k] - bottom[k]);
      value += steepness[k] * (x[k] - bottom[k]) * (x[k] - bottom[k]);
    }
    return value;
  }
};

TEST(Rprop, FindsTheBottomOfABowl) {
  Random random(1);
  for (int i = 0; i < 20; ++i) {
    Bowl bowl;
    std::vector<double> x;
    const std::size_t d = random.between(1, 8);
    for (std::size_t k = 0; k < d; ++k) {
      bowl.bottom.push_back(random.unit());
      bowl.steepness.push_back(std::pow(10, 8 * random.unit() - 4));  // scales do not matter
      x.push_back(random.unit());
    }
    const Rprop search(std::vector<double>(d, 0), std::vector<double>(d, 1), 0.1);
    std::vector<double> gradient(d);
    const double start = bowl(x, gradient);
    const double least = search.minimise(x, 200, bowl);
    for (std::size_t k = 0; k < d; ++k) EXPECT_NEAR(x[k], bowl.bottom[k], 1e-2);
    EXPECT_LE(least, start);
    EXPECT_EQ(least, bowl(x, gradient));
  }
}

TEST(Rprop, StopsAtTheBorder) {
  const Bowl bowl{{-2, 0.4, 9}, {1, 1, 1}};
  std::vector<double> x = {0.5, 0.5, 0.5};
  int calls = 0;
  Rprop({0.1, 0, 0}, {1, 1, 0.75}, 0.05).minimise(x, 100, [&](std::span<const double> at, std::span<double> gradient) {
    ++calls;
    EXPECT_TRUE(at[0] >= 0.1 && at[0] <= 1 && at[1] >= 0 && at[1] <= 1 && at[2] >= 0 && at[2] <= 0.75);
    return bowl(at, gradient);
  });
  EXPECT_EQ(x[0], 0.1);
  EXPECT_NEAR(x[1], 0.4, 1e-3);
  EXPECT_EQ(x[2], 0.75);
  EXPECT_EQ(calls, 100);
}

TEST(Rprop, IsNeverWorseThanItsStart) {
  Random random(2);
  for (int steps = 1; steps <= 30; ++steps) {
    const Bowl bowl{{random.unit(), random.unit()}, {1, 50}};
    std::vector<double> x = {random.unit(), random.unit()}, gradient(2);
    const double start = bowl(x, gradient);
    const double least = Rprop({0, 0}, {1, 1}, 0.5).minimise(x, steps, bowl);
    EXPECT_LE(least, start);
    EXPECT_EQ(least, bowl(x, gradient));
  }
}

TEST(Rprop, DoesNotMoveWhereThereIsNoSlope) {
  std::vector<double> x = {0.3, 0.7};
  const auto flat = [](std::span<const double>, std::span<double> gradient) {
    std::fill(gradient.begin(), gradient.end(), 0);
    return 1.0;
  };
  EXPECT_EQ(Rprop({0, 0}, {1, 1}, 0.1).minimise(x, 10, flat), 1);
  EXPECT_EQ(x, (std::vector<double>{0.3, 0.7}));
}

TEST(Rprop, TakesNothingThatIsNoNumberForTheBest) {
  // No value right of 0.6, which is on the way to the bottom.
  std::vector<double> x = {0.5};
  const Bowl bowl{{0.8}, {1}};
  const double least =
      Rprop({0}, {1}, 0.05).minimise(x, 50, [&](std::span<const double> at, std::span<double> gradient) {
        const double value = bowl(at, gradient);
        if (at[0] <= 0.6) return value;
        gradient[0] = 1;
        return std::numeric_limits<double>::quiet_NaN();
      });
  EXPECT_NEAR(x[0], 0.6, 0.05);
  EXPECT_LE(x[0], 0.6);
  EXPECT_TRUE(std::isfinite(least));
}

}  // namespace
}  // namespace shac::test
