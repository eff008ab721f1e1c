// How much each row counts in training, and rows that a classifier has to accept.
#include "core/training/trainer.h"
#include "test/support.h"

namespace shac::test {
namespace {

// The model of a row that is there twice is that of a row of weight 2: every sum is the same.
TEST(Trainer, AWeightOfTwoIsARowThatIsThereTwice) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    TrainRequest weighted = separable(60, seed);
    for (auto& label : weighted.labels) label ^= random.below(4) == 0 ? 1 : 0;
    TrainRequest twice = weighted;
    twice.rows = 0;
    twice.codes.clear();
    twice.labels.clear();
    for (std::size_t i = 0; i < weighted.rows; ++i) {
      const auto times = static_cast<std::size_t>(random.between(1, 2));
      weighted.weights.push_back(static_cast<float>(times));
      for (std::size_t time = 0; time < times; ++time) {
        twice.codes.insert(twice.codes.end(), &weighted.codes[3 * i], &weighted.codes[3 * i] + 3);
        twice.labels.push_back(weighted.labels[i]);
        ++twice.rows;
      }
    }
    const TrainResult one = train(weighted, {});
    const TrainResult other = train(twice, {});
    for (std::size_t i = 0; i < weighted.rows; ++i) {
      const std::uint16_t* const row = &weighted.codes[3 * i];
      ASSERT_NEAR(one.forest->margin(row), other.forest->margin(row), 1e-4) << "row " << i << " of data set " << seed;
    }
    // And not that of rows that all count alike.
    weighted.weights.clear();
    EXPECT_NE(train(weighted, {}).model, one.model);
  }
}

TEST(Trainer, WeightsOfOneChangeNothing) {
  for (const double subsample : {1.0, 0.7}) {
    TrainRequest request = separable(60, 18);
    Random random(18);
    for (auto& label : request.labels) label ^= random.below(4) == 0 ? 1 : 0;
    request.folds = 5;
    request.params.subsample = subsample;
    const TrainResult plain = train(request, {});
    request.weights.assign(60, 1);
    const TrainResult weighted = train(request, {});
    EXPECT_EQ(weighted.model, plain.model);
    EXPECT_EQ(weighted.cv_accuracy, plain.cv_accuracy);
  }
}

TEST(Trainer, RefusesAModelThatRejectsTheElite) {
  TrainRequest request = separable(60, 19);
  request.attempts = 3;
  const std::vector<std::uint16_t> low = {100, 5, 5};
  const std::vector<std::uint16_t> high = {30000, 5, 5};
  for (const unsigned folds : {0u, 5u}) {
    for (const double subsample : {1.0, 0.9}) {
      request.folds = folds;
      request.params.subsample = subsample;
      request.elite = low;
      const TrainResult taken = train(request, {});
      EXPECT_EQ(taken.refusal, Refusal::kNone);
      EXPECT_EQ(taken.cv_accuracy.has_value(), folds > 0);
      request.elite.insert(request.elite.end(), high.begin(), high.end());
      const TrainResult refused = train(request, {});
      EXPECT_EQ(refused.refusal, Refusal::kElite);
      EXPECT_EQ(refused.attempts, subsample == 1 ? 1u : 3u) << "no seed changes the model without subsampling";
      EXPECT_FALSE(refused.cv_accuracy);
    }
  }
}

}  // namespace
}  // namespace shac::test
