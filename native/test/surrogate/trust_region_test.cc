// The box that the local phase looks in: how large it is after what has been found, and its shape.
#include "core/surrogate/trust_region.h"

#include <algorithm>
#include <limits>

#include "test/surrogate/observations.h"

namespace shac::test {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kDimensions = 3;

// After `before`, batches one after the other.
double radius(const std::vector<double>& before, const std::vector<std::vector<double>>& batches,
              std::size_t dimensions = kDimensions) {
  std::vector<double> values = before;
  for (const auto& batch : batches) values.insert(values.end(), batch.begin(), batch.end());
  return radius_after(values, before.size(), batches.empty() ? 1 : batches[0].size(), dimensions);
}

const std::vector<double> kBefore = {5, 3, 4};

// `count` batches, each with a better value than all before it.
std::vector<std::vector<double>> successes(std::size_t count) {
  std::vector<std::vector<double>> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back({2 - static_cast<double>(i)});
  return result;
}

TEST(TrustRadius, GrowsOnSuccessesUpToALimit) {
  const double first = radius(kBefore, {});
  double last = first;
  for (std::size_t count = 1; count <= 60; ++count) {
    const double now = radius(kBefore, successes(count));
    EXPECT_GE(now, last);
    last = now;
  }
  EXPECT_GT(last, first);
  EXPECT_EQ(last, radius(kBefore, successes(200)));
}

TEST(TrustRadius, ShrinksOnFailuresAndStartsAnewInTheEnd) {
  for (const std::size_t dimensions : {1u, 3u, 40u}) {
    const double first = radius(kBefore, {}, dimensions);
    double last = first, least = first;
    int restarts = 0;
    for (std::size_t count = 1; count <= 300; ++count) {
      const double now = radius(kBefore, std::vector<std::vector<double>>(count, {7}), dimensions);
      if (now > last) {
        EXPECT_EQ(now, first);
        ++restarts;
      }
      least = std::min(least, now);
      EXPECT_TRUE(now > 0 && now <= first);
      last = now;
    }
    EXPECT_LT(least, first / 16);
    EXPECT_GE(restarts, 1);
  }
}

TEST(TrustRadius, TakesAFailureForABadValue) {
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    std::vector<double> values, failed;
    const std::size_t count = random.between(1, 40);
    for (std::size_t j = 0; j < count; ++j) {
      const bool fails = random.below(3) == 0;
      values.push_back(fails ? 1e6 : random.unit());
      failed.push_back(fails ? kNan : values.back());
    }
    values[0] = failed[0] = 1;
    const std::size_t from = random.between(1, count), batch = random.between(1, 5);
    EXPECT_EQ(radius_after(failed, from, batch, kDimensions), radius_after(values, from, batch, kDimensions));
  }
  EXPECT_GT(radius({kNan, kNan}, std::vector<std::vector<double>>(50, {kNan})), 0);
}

TEST(TrustRadius, TakesTheFirstValueAfterFailuresForASuccess) {
  EXPECT_EQ(radius({kNan, kNan}, successes(60)), radius(kBefore, successes(60)));
  EXPECT_EQ(radius({}, successes(60)), radius(kBefore, successes(60)));
}

TEST(TrustRadius, CountsABatchOnce) {
  Random random(2);
  for (std::size_t size : {2u, 3u, 7u}) {
    for (std::size_t count = 1; count <= 12; ++count) {
      std::vector<std::vector<double>> one = successes(count), batches, shuffled;
      for (const auto& value : one) {
        std::vector<double> batch(size, 9);
        batch[0] = value[0];
        batches.push_back(batch);
        std::swap(batch[0], batch[random.below(size)]);
        shuffled.push_back(batch);
      }
      EXPECT_EQ(radius(kBefore, batches), radius(kBefore, one));
      EXPECT_EQ(radius(kBefore, shuffled), radius(kBefore, one));
    }
  }
}

TEST(TrustRadius, CountsABatchThatIsNotWhole) {
  std::vector<double> values = kBefore;
  double last = radius_after(values, 3, 4, kDimensions);
  for (int i = 0; i < 50; ++i) {
    values.push_back(2 - i);
    const double now = radius_after(values, 3, 4, kDimensions);
    EXPECT_GE(now, last);
    last = now;
  }
}

TEST(TrustRadius, DependsOnTheOrderOfTheValuesAlone) {
  Random random(3);
  for (int i = 0; i < 100; ++i) {
    std::vector<double> values, stretched;
    for (std::size_t j = 0; j < 30; ++j) {
      values.push_back(random.unit() - static_cast<double>(j) / 60);
      stretched.push_back(1e300 * std::sinh(5 * values.back()) / 1e3);
    }
    EXPECT_EQ(radius_after(values, 10, 2, kDimensions), radius_after(stretched, 10, 2, kDimensions));
  }
}

GaussianProcess process_with(std::vector<double> length_scales, std::vector<std::uint8_t> categorical) {
  Random random(4);
  const auto data = random_observations(random, 4, std::move(categorical), [](const auto& x) { return x[0]; });
  return GaussianProcess(data, {std::move(length_scales), 1e-3});
}

TEST(TrustRegion, IsABoxAroundItsCentreWithinTheCube) {
  Random random(5);
  for (int i = 0; i < 200; ++i) {
    const std::size_t d = random.between(1, 8);
    std::vector<double> scales, centre;
    for (std::size_t k = 0; k < d; ++k) {
      scales.push_back(std::pow(10, 4 * random.unit() - 2));
      centre.push_back(random.below(5) == 0 ? 0 : random.unit());
    }
    const GaussianProcess process = process_with(scales, std::vector<std::uint8_t>(d, 0));
    const double size = 0.01 + random.unit();
    const Box box = trust_region(process, centre, size), larger = trust_region(process, centre, 1.5 * size);
    for (std::size_t k = 0; k < d; ++k) {
      EXPECT_TRUE(box.low[k] >= 0 && box.low[k] <= centre[k]);
      EXPECT_TRUE(box.high[k] >= centre[k] && box.high[k] < 1);
      EXPECT_LT(box.low[k], box.high[k]);
      EXPECT_LE(larger.low[k], box.low[k]);
      EXPECT_GE(larger.high[k], box.high[k]);
      EXPECT_GT(box.half[k], 0);
    }
    EXPECT_GT(box.mean_half(), 0);
  }
}

TEST(TrustRegion, IsLongerWhereTheFunctionVariesLess) {
  const std::vector<double> centre(3, 0.5);
  const Box box = trust_region(process_with({0.2, 0.4, 0.8}, {0, 0, 0}), centre, 0.1);
  EXPECT_NEAR(box.half[1], 2 * box.half[0], 1e-12);
  EXPECT_NEAR(box.half[2], 4 * box.half[0], 1e-12);
  const Box even = trust_region(process_with({0.4, 0.4, 0.4}, {0, 0, 0}), centre, 0.1);
  EXPECT_NEAR(box.half[0] * box.half[1] * box.half[2], std::pow(even.half[0], 3), 1e-12);
  EXPECT_NEAR(even.high[0] - even.low[0], 2 * even.half[0], 1e-12);
}

TEST(TrustRegion, BoundsNoCategories) {
  const Box box = trust_region(process_with({0.2, 0.2}, {1, 0}), std::vector<double>{0.5, 0.5}, 0.01);
  const Box whole = whole_box(2);
  EXPECT_EQ(box.low[0], whole.low[0]);
  EXPECT_EQ(box.high[0], whole.high[0]);
  EXPECT_GT(box.low[1], 0.4);
  EXPECT_LT(box.high[1], 0.6);
}

}  // namespace
}  // namespace shac::test
