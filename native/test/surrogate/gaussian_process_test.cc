// The Gaussian process against a naive one, against finite differences, and by what must hold of any.
#include "core/surrogate/gaussian_process.h"

#include <algorithm>
#include <vector>

#include "test/surrogate/observations.h"

namespace shac::test {
namespace {

struct Case {
  Observations data;
  Hyperparameters parameters;
};

double wave(const std::vector<double>& point) {
  double sum = 0;
  for (std::size_t k = 0; k < point.size(); ++k) sum += std::sin(4 * point[k] + static_cast<double>(k));
  return sum;
}

// Of 1 to 6 coordinates of all kinds, and up to 30 rows.
Case random_case(Random& random) {
  std::vector<std::uint8_t> kinds(random.between(1, 6));
  for (auto& kind : kinds) kind = static_cast<std::uint8_t>(random.below(kOrderedOrInactive + 1));
  Case result;
  result.data = random_observations(random, random.between(1, 30), kinds, wave);
  for (std::size_t k = 0; k < kinds.size(); ++k) result.parameters.length_scales.push_back(0.1 + random.unit());
  result.parameters.noise = 1e-3 + 0.1 * random.unit();
  return result;
}

TEST(GaussianProcess, AgreesWithTheNaiveOne) {
  Random random(1);
  for (int i = 0; i < 50; ++i) {
    const Case one = random_case(random);
    const GaussianProcess process(one.data, one.parameters);
    const NaiveProcess naive(one.data, one.parameters);
    for (int j = 0; j < 10; ++j) {
      const std::vector<double> point = random_point(random, one.data.kinds);
      const Prediction expected = naive.predict(point), got = process.predict(point);
      EXPECT_NEAR(got.mean, expected.mean, 1e-9);
      EXPECT_NEAR(got.deviation, expected.deviation, 1e-9);
    }
  }
}

TEST(GaussianProcess, GoesThroughValuesWithoutNoise) {
  Random random(2);
  const Observations data = random_observations(random, 25, {0, 0, 0}, wave);
  const GaussianProcess process(data, {{0.4, 0.4, 0.4}, 0});
  const double far = process.predict(std::vector<double>{5, 5, 5}).deviation;
  for (std::size_t row = 0; row < data.size(); ++row) {
    const Prediction prediction = process.predict(data.point(row));
    EXPECT_NEAR(prediction.mean, data.values[row], 1e-8);
    EXPECT_GT(prediction.deviation, 0);
    EXPECT_LT(prediction.deviation, 1e-3 * far);
  }
}

TEST(GaussianProcess, KnowsNothingFarAway) {
  Random random(3);
  const Observations data = random_observations(random, 20, {0, 0}, wave);
  const GaussianProcess process(data, {{0.1, 0.1}, 1e-4});
  double largest = 0;
  for (int i = 0; i < 100; ++i) {
    largest = std::max(largest, process.predict(random_point(random, data.kinds)).deviation);
  }
  const Prediction far = process.predict(std::vector<double>{40, 40});
  EXPECT_NEAR(far.mean, 0, 1e-12);
  EXPECT_GE(far.deviation, largest);
}

TEST(GaussianProcess, PredictsManyPointsAsEachOnItsOwn) {
  Random random(4);
  const Case one = random_case(random);
  const GaussianProcess process(one.data, one.parameters);
  for (std::size_t rows = 0; rows <= 20; ++rows) {
    std::vector<double> points;
    for (std::size_t row = 0; row < rows; ++row) {
      const std::vector<double> point = random_point(random, one.data.kinds);
      points.insert(points.end(), point.begin(), point.end());
    }
    const std::vector<Prediction> together = process.predict_rows(points);
    ASSERT_EQ(together.size(), rows);
    const std::size_t d = one.data.dimensions;
    std::vector<double> by_mean(d), by_deviation(d);
    for (std::size_t row = 0; row < rows; ++row) {
      const auto point = std::span(points).subspan(row * d, d);
      const Prediction alone = process.predict(point);
      EXPECT_EQ(together[row].mean, alone.mean);
      EXPECT_EQ(together[row].deviation, alone.deviation);
      const Prediction differentiated = process.predict(point, by_mean, by_deviation);
      EXPECT_NEAR(differentiated.mean, alone.mean, 1e-10);
      EXPECT_NEAR(differentiated.deviation, alone.deviation, 1e-10);
    }
  }
}

TEST(GaussianProcess, ItsMeansAreWhatItPredictsOfItsRows) {
  Random random(11);
  for (int i = 0; i < 20; ++i) {
    const Case one = random_case(random);
    const GaussianProcess process(one.data, one.parameters);
    const std::vector<double> means = process.means();
    const std::vector<Prediction> predicted = process.predict_rows(one.data.points);
    ASSERT_EQ(means.size(), predicted.size());
    for (std::size_t row = 0; row < means.size(); ++row) EXPECT_NEAR(means[row], predicted[row].mean, 1e-6);
  }
}

TEST(GaussianProcess, HasTheGradientsOfFiniteDifferences) {
  constexpr double kStep = 1e-5;
  Random random(5);
  for (int i = 0; i < 50; ++i) {
    const Case one = random_case(random);
    const std::size_t d = one.data.dimensions;
    const GaussianProcess process(one.data, one.parameters);
    const std::vector<double> point = random_point(random, one.data.kinds);
    std::vector<double> by_mean(d, 7), by_deviation(d, 7);
    process.predict(point, by_mean, by_deviation);
    for (std::size_t k = 0; k < d; ++k) {
      if (one.data.kinds[k] == kCategorical || point[k] == kNoPlace) {
        EXPECT_EQ(by_mean[k], 0);
        EXPECT_EQ(by_deviation[k], 0);
        continue;
      }
      std::vector<double> before = point, after = point;
      before[k] -= kStep;
      after[k] += kStep;
      const Prediction low = process.predict(before), high = process.predict(after);
      EXPECT_NEAR(by_mean[k], (high.mean - low.mean) / (2 * kStep), 1e-4);
      EXPECT_NEAR(by_deviation[k], (high.deviation - low.deviation) / (2 * kStep), 1e-4);
    }
  }
}

TEST(GaussianProcess, AddsARowAsIfItHadBeenThere) {
  Random random(6);
  for (int i = 0; i < 20; ++i) {
    const Case one = random_case(random);
    GaussianProcess grown(one.data, one.parameters);
    Observations all = one.data;
    for (int j = 0; j < 3; ++j) {
      const std::vector<double> point = random_point(random, all.kinds);
      grown.add(point, wave(point));
      all.add(point, wave(point));
    }
    EXPECT_EQ(grown.data().points, all.points);
    EXPECT_EQ(grown.data().values, all.values);
    const GaussianProcess built(all, one.parameters);
    // The variance of the signal is that of before: deviations differ by the same factor everywhere.
    const std::vector<double> far(all.dimensions, 1000);
    const double factor = grown.predict(far).deviation / built.predict(far).deviation;
    for (int j = 0; j < 10; ++j) {
      const std::vector<double> point = random_point(random, all.kinds);
      EXPECT_NEAR(grown.predict(point).mean, built.predict(point).mean, 1e-9);
      EXPECT_NEAR(grown.predict(point).deviation, factor * built.predict(point).deviation, 1e-9);
    }
  }
}

TEST(GaussianProcess, HasTheMeansOfItsOwnRows) {
  Random random(9);
  for (int i = 0; i < 20; ++i) {
    const Case one = random_case(random);
    GaussianProcess process(one.data, one.parameters);
    process.add(random_point(random, one.data.kinds), 0.5);
    const std::vector<double> means = process.means();
    ASSERT_EQ(means.size(), process.data().size());
    for (std::size_t row = 0; row < means.size(); ++row) {
      EXPECT_NEAR(means[row], process.predict(process.data().point(row)).mean, 1e-9);
    }
  }
}

TEST(GaussianProcess, IsSurerWhereARowIsAdded) {
  Random random(7);
  const Observations data = random_observations(random, 10, {0, 0}, wave);
  GaussianProcess process(data, {{0.3, 0.3}, 1e-3});
  for (int i = 0; i < 20; ++i) {
    const std::vector<double> point = random_point(random, data.kinds), other = {random.unit(), random.unit()};
    const Prediction there = process.predict(point), elsewhere = process.predict(other);
    process.add(point, there.mean);  // as expected: no mean changes
    EXPECT_LT(process.predict(point).deviation, there.deviation);
    EXPECT_LE(process.predict(other).deviation, elsewhere.deviation * (1 + 1e-9));
    EXPECT_NEAR(process.predict(other).mean, elsewhere.mean, 1e-8);
  }
}

TEST(GaussianProcess, SeesOfCategoriesOnlyWhetherTheyAreTheSame) {
  Random random(8);
  const std::vector<std::uint8_t> categorical = {1, 0};
  const Observations data = random_observations(random, 20, categorical, wave);
  const auto renamed = [](double category) { return category < 0.3 ? 0.99 : category < 0.6 ? 0.01 : 0.02; };
  Observations other = data;
  for (std::size_t row = 0; row < data.size(); ++row) other.points[2 * row] = renamed(data.points[2 * row]);
  const Hyperparameters parameters{{0.7, 0.3}, 1e-3};
  const GaussianProcess process(data, parameters), twin(other, parameters);
  for (int i = 0; i < 30; ++i) {
    const std::vector<double> point = random_point(random, categorical);
    const Prediction expected = process.predict(point);
    const Prediction got = twin.predict(std::vector<double>{renamed(point[0]), point[1]});
    EXPECT_EQ(got.mean, expected.mean);
    EXPECT_EQ(got.deviation, expected.deviation);
  }
}

TEST(GaussianProcess, StandsTheSamePointTwice) {
  Observations data;
  data.dimensions = 2;
  data.kinds = {0, 1};
  for (const double value : {1.0, -1.0, 3.0}) data.add(std::vector<double>{0.25, 0.5}, value);
  const GaussianProcess process(data, {{0.5, 0.5}, 1e-6});
  const Prediction prediction = process.predict(std::vector<double>{0.25, 0.5});
  EXPECT_NEAR(prediction.mean, 1, 1e-4);
  EXPECT_TRUE(prediction.deviation > 0 && std::isfinite(prediction.deviation));
}

}  // namespace
}  // namespace shac::test
