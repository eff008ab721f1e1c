// The length scales and the noise that are found: what they say of the function that the values are of.
#include <algorithm>
#include <vector>

#include "core/surrogate/gaussian_process.h"
#include "test/surrogate/observations.h"

namespace shac::test {
namespace {

template <typename Value>
Observations standardised(Random& random, std::size_t rows, std::vector<std::uint8_t> categorical, const Value& value) {
  Observations data = random_observations(random, rows, std::move(categorical), value);
  standardise(data.values);
  return data;
}

void expect_usable(const Hyperparameters& found, std::size_t dimensions) {
  ASSERT_EQ(found.length_scales.size(), dimensions);
  for (const double scale : found.length_scales) EXPECT_TRUE(scale > 0 && std::isfinite(scale)) << scale;
  EXPECT_TRUE(found.noise > 0 && std::isfinite(found.noise)) << found.noise;
}

TEST(Hyperparameters, AreLongForWhatDoesNotMatter) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    Random random(seed);
    const auto data =
        standardised(random, 60, {0, 0, 0}, [](const std::vector<double>& x) { return std::sin(8 * x[1]); });
    const Hyperparameters found = fit_hyperparameters(data, {});
    expect_usable(found, 3);
    EXPECT_GT(found.length_scales[0], 3 * found.length_scales[1]);
    EXPECT_GT(found.length_scales[2], 3 * found.length_scales[1]);
  }
}

TEST(Hyperparameters, AreLongForCategoriesThatDoNotMatter) {
  Random random(4);
  const auto data = standardised(
      random, 60, {1, 1, 0}, [](const std::vector<double>& x) { return 3 * static_cast<double>(x[1] > 0.5) + x[2]; });
  const Hyperparameters found = fit_hyperparameters(data, {});
  expect_usable(found, 3);
  EXPECT_GT(found.length_scales[0], 2 * found.length_scales[1]);
}

TEST(Hyperparameters, SeeNoise) {
  for (const std::uint64_t seed : {5, 6, 7}) {
    Random random(seed);
    const auto smooth = [](const std::vector<double>& x) { return std::sin(5 * x[0]) + x[1]; };
    Random same = random;
    const Hyperparameters quiet = fit_hyperparameters(standardised(random, 50, {0, 0}, smooth), {});
    const Hyperparameters noisy = fit_hyperparameters(
        standardised(same, 50, {0, 0}, [&](const std::vector<double>& x) { return smooth(x) + same.unit(); }), {});
    expect_usable(quiet, 2);
    expect_usable(noisy, 2);
    EXPECT_GT(noisy.noise, 10 * quiet.noise);
  }
}

// The prior has a say as well, but what some ten values and more speak against it cannot hold.
TEST(Hyperparameters, AreLikelierThanOthers) {
  constexpr double kPrior = 4;
  Random random(8);
  const auto data = standardised(random, 60, {0, 0}, [&](const std::vector<double>& x) {
    return std::sin(9 * x[0]) + x[1] * x[1] + 0.1 * random.unit();
  });
  const Hyperparameters found = fit_hyperparameters(data, {});
  const double likelihood = NaiveProcess(data, found).log_likelihood();
  for (const double factor : {0.1, 0.3, 3.0, 10.0}) {
    for (std::size_t k = 0; k <= 2; ++k) {
      Hyperparameters other = found;
      (k < 2 ? other.length_scales[k] : other.noise) *= factor;
      EXPECT_GT(likelihood, NaiveProcess(data, other).log_likelihood() - kPrior) << k << " times " << factor;
    }
  }
}

TEST(Hyperparameters, DoNotDependOnTheOrderOfCoordinates) {
  Random random(9);
  const auto data = standardised(random, 40, {0, 1, 0}, [](const std::vector<double>& x) {
    return std::sin(7 * x[0]) + x[1] + 0.3 * std::cos(5 * x[2]);
  });
  Observations turned = data;
  turned.kinds = {0, 0, 1};
  for (std::size_t row = 0; row < data.size(); ++row) {
    std::rotate(turned.points.begin() + static_cast<std::ptrdiff_t>(3 * row),
                turned.points.begin() + static_cast<std::ptrdiff_t>(3 * row + 2),
                turned.points.begin() + static_cast<std::ptrdiff_t>(3 * row + 3));
  }
  const Hyperparameters found = fit_hyperparameters(data, {}), other = fit_hyperparameters(turned, {});
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_NEAR(std::log(other.length_scales[(k + 1) % 3] / found.length_scales[k]), 0, 0.05) << k;
  }
  EXPECT_NEAR(std::log(other.noise / found.noise), 0, 0.2);
}

TEST(Hyperparameters, AreTheSameAgain) {
  Random random(10);
  const auto data = standardised(random, 30, {0, 1}, [](const std::vector<double>& x) { return x[0] * x[1]; });
  const Hyperparameters found = fit_hyperparameters(data, {}), again = fit_hyperparameters(data, {});
  EXPECT_EQ(found.length_scales, again.length_scales);
  EXPECT_EQ(found.noise, again.noise);
}

TEST(Hyperparameters, AreUsableWhateverTheData) {
  Random random(11);
  const auto zero = [](const std::vector<double>&) { return 0.0; };
  const std::vector<std::uint8_t> many(40, 0);
  const std::vector<std::uint8_t> categories(5, 1);
  for (const std::size_t rows : {1u, 2u, 30u}) {
    for (const auto& categorical : {std::vector<std::uint8_t>{0}, std::vector<std::uint8_t>{1}, many, categories}) {
      expect_usable(fit_hyperparameters(random_observations(random, rows, categorical, zero), {}), categorical.size());
      const auto noise = [&](const std::vector<double>&) { return random.unit() - 0.5; };
      expect_usable(fit_hyperparameters(random_observations(random, rows, categorical, noise), {}), categorical.size());
    }
  }
  // One point over and over, with other values.
  Observations data;
  data.dimensions = 2;
  data.kinds = {0, 0};
  for (int i = 0; i < 20; ++i) data.add(std::vector<double>{0.5, 0.5}, i % 2 == 0 ? 1 : -1);
  expect_usable(fit_hyperparameters(data, {}), 2);
}

TEST(Hyperparameters, AreNotLookedForOnceCancelled) {
  Random random(12);
  const auto data = random_observations(random, 5, {0}, [](const std::vector<double>& x) { return x[0]; });
  CancelToken token;
  token.cancel();
  EXPECT_THROW(fit_hyperparameters(data, token), Cancelled);
}

}  // namespace
}  // namespace shac::test
