// The logarithm of the expected improvement: by the textbook, in its far tail, and its derivatives.
#include "core/surrogate/improvement.h"

#include <limits>

#include "test/support.h"

namespace shac::test {
namespace {

// sd * (z Phi(z) + phi(z)), in a wider type: exact where its two terms do not cancel altogether.
long double textbook(long double z, long double deviation) {
  const long double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi_v<long double>);
  const long double probability = std::erfc(-z / std::numbers::sqrt2_v<long double>) / 2;
  return deviation * (z * probability + density);
}

double log_improvement(double z, double deviation = 1) {
  return log_expected_improvement({-z * deviation, deviation}, 0).value;
}

TEST(Improvement, IsTheTextbooks) {
  for (const double deviation : {1e-6, 0.3, 1.0, 200.0}) {
    for (double z = -30; z < 30; z += 0.037) {
      const double expected = static_cast<double>(std::log(textbook(z, deviation)));
      EXPECT_NEAR(log_improvement(z, deviation), expected, 1e-7 * (1 + std::abs(expected))) << "z = " << z;
    }
  }
}

TEST(Improvement, DependsOnTheDifferenceToTheBestAlone) {
  Random random(1);
  for (int i = 0; i < 100; ++i) {
    const double best = random.unit(), mean = 4 * random.unit() - 2, deviation = 0.01 + random.unit();
    const double moved = log_expected_improvement({mean - best, deviation}, 0).value;
    EXPECT_NEAR(log_expected_improvement({mean, deviation}, best).value, moved, 1e-9 * (1 + std::abs(moved)));
  }
}

TEST(Improvement, RisesWithoutAJumpFromTheFarTailOn) {
  double last = -std::numeric_limits<double>::infinity();
  for (double z = -1e9; z < -1e-3; z *= 0.999) {
    const double value = log_improvement(z);
    ASSERT_TRUE(std::isfinite(value)) << z;
    ASSERT_GT(value, last) << z;
    last = value;
  }
  // Nearly -z^2 / 2: no step is longer than that says.
  for (double z = -60; z < -2; z += 0.001) {
    EXPECT_NEAR(log_improvement(z + 0.001) - log_improvement(z), -0.001 * z, 2e-3) << z;
  }
}

TEST(Improvement, HasTheDerivativesOfFiniteDifferences) {
  for (const double deviation : {0.02, 1.0, 30.0}) {
    for (double z = -80; z < 12; z += 0.0931) {
      const Prediction at{-z * deviation, deviation};
      const LogImprovement found = log_expected_improvement(at, 0);
      const double step = 1e-5 * deviation / (1 + std::abs(z));
      const auto slope = [&](double by_mean, double by_deviation) {
        const auto value = [&](double sign) {
          return log_expected_improvement({at.mean + sign * by_mean, at.deviation + sign * by_deviation}, 0).value;
        };
        return (value(1) - value(-1)) / (2 * step);
      };
      const double scale = (1 + std::abs(z)) / deviation;
      EXPECT_NEAR(found.by_mean, slope(step, 0), 1e-3 * scale) << z;
      EXPECT_NEAR(found.by_deviation, slope(0, step), 1e-3 * scale * (1 + std::abs(z))) << z;
      EXPECT_LT(found.by_mean, 0);
      EXPECT_GE(found.by_deviation, 0);
    }
  }
}

TEST(Improvement, IsFiniteWhateverIsPredicted) {
  for (const double mean : {-1e10, -1.0, 0.0, 1e-300, 1.0, 1e10}) {
    for (const double deviation : {1e-12, 1e-6, 1.0, 1e6}) {
      const LogImprovement found = log_expected_improvement({mean, deviation}, 0);
      EXPECT_TRUE(std::isfinite(found.value)) << mean << ", " << deviation;
      EXPECT_TRUE(std::isfinite(found.by_mean) && std::isfinite(found.by_deviation)) << mean << ", " << deviation;
    }
  }
}

}  // namespace
}  // namespace shac::test
