// The stand-in for XGBoost in cross-validation gives XGBoost's own margins, bit for bit.
#include "core/training/exact.h"

#include "test/support.h"

namespace shac::test {
namespace {

TrainRequest random_request(Random& random) {
  std::vector<std::uint32_t> levels(random.between(1, 12));
  for (auto& count : levels) {
    count = random.below(2) == 0 ? 32768 : static_cast<std::uint32_t>(random.between(1, 12));
  }
  TrainRequest request = random_rows(random, random.between(2, 120), levels);
  for (std::size_t i = 0; i < request.rows; ++i) {
    const bool above = request.codes[i * request.columns] * 2u >= levels[0];
    request.labels[i] = static_cast<std::uint8_t>(random.below(4) == 0 ? random.below(2) : above ? 1 : 0);
  }
  return request;
}

// Rows, the training rows or others, whose margins differ.
std::size_t differences(const TrainRequest& request, Random& random) {
  const TrainResult trained = train(request, {});
  std::vector<std::uint16_t> others(50 * request.columns);
  for (auto& code : others) code = static_cast<std::uint16_t>(random.below(32768));
  ExactBooster booster({request.codes, request.labels, request.weights}, request.columns, others, request.params);
  for (int round = 0; round < request.params.rounds; ++round) booster.update();
  std::size_t count = 0;
  for (std::size_t i = 0; i < request.rows; ++i) {
    count += booster.margins()[i] != trained.forest->margin(&request.codes[i * request.columns]) ? 1 : 0;
  }
  for (std::size_t i = 0; i < 50; ++i) {
    count += booster.held_out_margins()[i] != trained.forest->margin(&others[i * request.columns]) ? 1 : 0;
  }
  return count;
}

TEST(ExactBooster, GivesXGBoostsMargins) {
  Random random(1);
  int different = 0;
  const int rounds = kSanitized ? 40 : 300;
  for (int round = 0; round < rounds; ++round) {
    TrainRequest request = random_request(random);
    EXPECT_EQ(differences(request, random), 0u) << "the defaults, data set " << round;
    request.params.max_depth = static_cast<int>(random.between(1, 6));
    request.params.eta = random.below(2) == 0 ? 0.3 : 0.05;
    request.params.lambda = random.below(2) == 0 ? 0.5 : 3;
    request.params.min_child_weight = random.below(2) == 0 ? 0.3 : 2;
    different += differences(request, random) > 0 ? 1 : 0;
  }
  // Two splits of all but equal gain: XGBoost's choice may hang on the order of a sum.
  EXPECT_LE(different, rounds / 100);
}

TEST(ExactBooster, GivesXGBoostsMarginsOfWeightedRows) {
  Random random(2);
  int different = 0;
  const int rounds = kSanitized ? 40 : 300;
  for (int round = 0; round < rounds; ++round) {
    TrainRequest request = random_request(random);
    for (std::size_t i = 0; i < request.rows; ++i) {
      request.weights.push_back(std::pow(0.8f, static_cast<float>(random.below(20))));
    }
    request.params = {.rounds = 50, .eta = 0.3, .lambda = 0.1, .min_child_weight = 0.3};
    different += differences(request, random) > 0 ? 1 : 0;
  }
  EXPECT_LE(different, rounds / 100);
}

}  // namespace
}  // namespace shac::test
