#include "core/training/trainer.h"

#include <chrono>
#include <limits>
#include <thread>

#include "core/joining_thread.h"
#include "core/training/exact.h"
#include "core/training/folds.h"
#include "test/support.h"

namespace shac::test {
namespace {

// The mean accuracy over the folds of models that XGBoost trains one by one.
double accuracy_of_a_plain_loop(const TrainRequest& request) {
  const std::size_t d = request.columns;
  const std::vector<unsigned> fold_of = stratified_folds(request.labels, request.folds, request.shuffle_seed);
  double mean = 0;
  for (unsigned fold = 0; fold < request.folds; ++fold) {
    TrainRequest rest;
    rest.columns = d;
    rest.params = request.params;
    for (std::size_t i = 0; i < request.rows; ++i) {
      if (fold_of[i] == fold) continue;
      rest.codes.insert(rest.codes.end(), &request.codes[d * i], &request.codes[d * i] + d);
      rest.labels.push_back(request.labels[i]);
      ++rest.rows;
    }
    const Forest forest(read_model(train(rest, {}).model));
    double right = 0;
    double held_out = 0;
    for (std::size_t i = 0; i < request.rows; ++i) {
      if (fold_of[i] != fold) continue;
      right += forest.accepts(&request.codes[d * i]) == (request.labels[i] == 1) ? 1 : 0;
      ++held_out;
    }
    mean += right / held_out / request.folds;
  }
  return mean;
}

TEST(Trainer, CrossValidationIsThatOfAPlainLoop) {
  for (const double subsample : {0.8, 1.0}) {
    TrainRequest request = separable(83, 5);
    Random random(5);
    for (auto& label : request.labels) label ^= random.below(5) == 0 ? 1 : 0;
    request.folds = 5;
    request.shuffle_seed = 17;
    request.params.subsample = subsample;
    request.params.seed = 3;
    const double mean = accuracy_of_a_plain_loop(request);
    const TrainResult result = train(request, {});
    ASSERT_TRUE(result.cv_accuracy);
    EXPECT_NEAR(*result.cv_accuracy, mean, 1e-12);
    EXPECT_GT(mean, 0.5);
    EXPECT_LT(mean, 1.0);
    // And the classifier is trained on all rows, with or without folds.
    request.folds = 0;
    const TrainResult plain = train(request, {});
    EXPECT_EQ(plain.model, result.model);
    EXPECT_FALSE(plain.cv_accuracy);
  }
}

TEST(Trainer, CrossValidationIsXGBoostsWhereTheStandInDisagrees) {
  // Leaves so large that probabilities reach 0 and 1: what is left of the gradients is rounding.
  int disagreed = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    TrainRequest request = random_rows(random, 40, {32768, 7, 32768, 2, 11, 32768, 5, 3});
    for (std::size_t i = 0; i < request.rows; ++i) {
      const bool noise = random.below(4) == 0;
      request.labels[i] = static_cast<std::uint8_t>(noise ? random.below(2) : request.codes[8 * i] / 16384);
    }
    request.params = {.rounds = 200, .max_depth = 2, .eta = 1, .lambda = 1e-3, .min_child_weight = 0};
    ExactBooster booster({request.codes, request.labels, {}}, 8, {}, request.params);
    for (int round = 0; round < request.params.rounds; ++round) booster.update();
    request.folds = 5;
    const TrainResult result = train(request, {});
    bool same = true;
    for (std::size_t i = 0; same && i < request.rows; ++i)
      same = booster.margins()[i] == result.forest->margin(&request.codes[8 * i]);
    if (same || result.refusal != Refusal::kNone) continue;
    ++disagreed;
    EXPECT_NEAR(*result.cv_accuracy, accuracy_of_a_plain_loop(request), 1e-12);
  }
  EXPECT_GT(disagreed, 0) << "nothing was tested";
}

TEST(Trainer, TheNumberOfThreadsDoesNotShow) {
  TrainRequest request = separable(60, 6);
  request.folds = 5;
  request.params.subsample = 0.7;
  const TrainResult one = train(request, {});
  for (const unsigned threads : {1u, 2u, 3u, 8u}) {
    request.threads = threads;
    const TrainResult result = train(request, {});
    EXPECT_EQ(result.model, one.model);
    EXPECT_EQ(result.cv_accuracy, one.cv_accuracy);
  }
}

// Labels that nothing explains, so that about every second cross-validation fails.
TrainRequest noise(std::uint64_t seed) {
  Random random(seed);
  TrainRequest request = random_rows(random, 20, {32768, 32768, 32768});
  for (std::size_t i = 0; i < request.rows; ++i) request.labels[i] = static_cast<std::uint8_t>(i % 2);
  request.params.rounds = 20;
  request.folds = 5;
  request.shuffle_seed = seed;
  return request;
}

TEST(Trainer, TakesTheFirstAttemptThatPassesWhateverTheNumberOfThreads) {
  unsigned later = 0;
  unsigned refused = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    TrainRequest request = noise(seed);
    request.params.subsample = seed % 4 == 0 ? 0.7 : 1;
    request.attempts = 4;
    const TrainResult result = train(request, {});
    later += result.refusal == Refusal::kNone && result.attempts > 1 ? 1 : 0;
    refused += result.refusal == Refusal::kAccuracy ? 1 : 0;
    EXPECT_EQ(result.cv_accuracy.has_value(), result.refusal == Refusal::kNone);
    EXPECT_GE(result.cv_accuracy.value_or(1), 0.5);
    for (const unsigned threads : {2u, 3u, 8u}) {
      request.threads = threads;
      const TrainResult same = train(request, {});
      EXPECT_EQ(same.refusal, result.refusal);
      EXPECT_EQ(same.attempts, result.attempts);
      EXPECT_EQ(same.cv_accuracy, result.cv_accuracy);
      EXPECT_EQ(same.model, result.model);
    }
    // One attempt fewer than it took ends in a refusal.
    if (result.attempts == 1) continue;
    request.attempts = result.refusal == Refusal::kNone ? result.attempts - 1 : result.attempts;
    EXPECT_EQ(train(request, {}).refusal, Refusal::kAccuracy);
  }
  EXPECT_GE(later, 5u);
  EXPECT_GT(refused, 2u);
}

TEST(Trainer, ScoresSeparableDataNearOneAndNoiseNearAHalf) {
  TrainRequest request = separable(100, 7);
  request.folds = 5;
  EXPECT_GE(*train(request, {}).cv_accuracy, 0.95);
  Random random(8);
  request = random_rows(random, 400, {32768, 32768, 32768});
  for (auto& label : request.labels) label = static_cast<std::uint8_t>(random.below(2));
  request.folds = 5;
  request.params.rounds = 30;
  request.attempts = 12;                                     // some are below one half
  EXPECT_NEAR(*train(request, {}).cv_accuracy, 0.55, 0.05);  // four standard deviations above one half
}

TEST(Trainer, RefusesAModelThatGivesAllItsRowsTheSameClass) {
  for (const double subsample : {1.0, 0.9}) {
    for (const std::uint8_t label : {0, 1}) {
      TrainRequest request = separable(12, 10);
      request.labels.assign(12, label);
      request.params.subsample = subsample;
      request.attempts = 3;
      for (const unsigned folds : {0u, 4u}) {
        request.folds = folds;
        const TrainResult result = train(request, {});
        EXPECT_EQ(result.refusal, Refusal::kConstant);
        EXPECT_EQ(result.attempts, subsample == 1 ? 1u : 3u) << "no seed changes the model without subsampling";
        EXPECT_FALSE(result.cv_accuracy);
      }
    }
  }
}

TEST(Trainer, RefusesAnAccuracyBelowOneHalf) {
  TrainRequest request = separable(2, 11);
  request.labels = {0, 1};
  request.folds = 2;  // each fold trains on one row, of the other class than the held-out one
  request.params.min_child_weight = 0;
  request.attempts = 12;
  const TrainResult result = train(request, {});
  EXPECT_EQ(result.refusal, Refusal::kAccuracy);
  EXPECT_EQ(result.attempts, 12u);
  // Two of three rows may be right.
  request = separable(3, 11);
  request.labels = {0, 1, 0};
  request.folds = 3;
  request.params.min_child_weight = 0;
  const TrainResult three = train(request, {});
  if (three.refusal == Refusal::kNone) {
    EXPECT_DOUBLE_EQ(*three.cv_accuracy, 2.0 / 3);
  }
}

// Four rows on each side of one split: gradients +-0.5 and hessians 0.25 a row, so the leaf values are known.
TEST(Trainer, PassesItsParametersToXGBoost) {
  TrainRequest request;
  request.rows = 8;
  request.columns = 1;
  request.codes = {10, 11, 12, 13, 21, 22, 23, 24};
  request.labels = {1, 1, 1, 1, 0, 0, 0, 0};
  request.params = {.rounds = 7, .max_depth = 1, .eta = 0.25, .lambda = 3};
  const Model model = read_model(train(request, {}).model);
  ASSERT_EQ(model.trees.size(), 7u);
  ASSERT_EQ(model.trees[0].size(), 3u);
  EXPECT_EQ(model.trees[0][0].threshold, 17);
  EXPECT_FLOAT_EQ(model.trees[0][1].leaf, 0.25f * 2 / (1 + 3));
  EXPECT_FLOAT_EQ(model.trees[0][2].leaf, -0.25f * 2 / (1 + 3));
  request.params.min_child_weight = 1.01;  // more than four rows' hessians: no split is allowed
  EXPECT_EQ(read_model(train(request, {}).model).trees[0].size(), 1u);

  TrainRequest noisy = separable(100, 12);
  Random random(12);
  for (auto& label : noisy.labels) label = static_cast<std::uint8_t>(random.below(2));
  std::size_t nodes[3];
  for (const int depth : {1, 2, 3}) {
    noisy.params.max_depth = depth;
    nodes[depth - 1] = read_model(train(noisy, {}).model).trees[0].size();
    EXPECT_LE(nodes[depth - 1], (2u << depth) - 1);
  }
  EXPECT_LT(nodes[0], nodes[1]);
  EXPECT_LT(nodes[1], nodes[2]);
  noisy.params.subsample = 0.5;
  const Bytes first = train(noisy, {}).model;
  EXPECT_EQ(train(noisy, {}).model, first);
  noisy.params.seed = 1;
  EXPECT_NE(train(noisy, {}).model, first);
}

TEST(Trainer, RefusesBadRequests) {
  const auto refused = [](auto change) {
    TrainRequest request = separable(10, 13);
    change(request);
    return error_of(ErrorCode::kInvalidArgument, [&] { train(request, {}); });
  };
  EXPECT_NE(refused([](auto& r) { r.codes.pop_back(); }).find("29 codes are not 10 rows of 3"), std::string::npos);
  refused([](auto& r) { r = {}; });
  refused([](auto& r) { r.rows = 0, r.codes.clear(), r.labels.clear(); });
  refused([](auto& r) { r.columns = 0, r.codes.clear(); });
  EXPECT_NE(refused([](auto& r) { r.labels.pop_back(); }).find("9 labels for 10 rows"), std::string::npos);
  refused([](auto& r) { r.labels[3] = 2; });
  EXPECT_NE(refused([](auto& r) { r.weights = {1, 1}; }).find("2 weights for 10 rows"), std::string::npos);
  refused([](auto& r) { r.weights.assign(10, 1), r.weights[4] = -1; });
  refused([](auto& r) { r.weights.assign(10, 1), r.weights[4] = std::numeric_limits<float>::quiet_NaN(); });
  refused([](auto& r) { r.weights.assign(10, 1), r.weights[4] = std::numeric_limits<float>::infinity(); });
  EXPECT_NE(refused([](auto& r) { r.elite = {1, 2}; }).find("2 codes of the elite"), std::string::npos);
  EXPECT_NE(refused([](auto& r) { r.folds = 1; }).find("1 folds"), std::string::npos);
  refused([](auto& r) { r.folds = 11; });
  refused([](auto& r) { r.folds = ~0u; });
  EXPECT_NE(refused([](auto& r) { r.attempts = 0; }).find("at least one attempt"), std::string::npos);
}

TEST(Trainer, WhatXGBoostRefusesIsAnErrorWithItsMessage) {
  TrainRequest request = separable(10, 14);
  request.params.max_depth = -3;
  request.folds = 5;
  request.threads = 3;
  const std::string message = error_of(ErrorCode::kXGBoost, [&] { train(request, {}); });
  EXPECT_NE(message.find("max_depth"), std::string::npos) << message;
}

TEST(Trainer, StopsSoonAfterCancel) {
  CancelToken token;
  TrainRequest request = separable(50, 15);
  request.params.rounds = 1'000'000'000;
  request.folds = 5;
  request.threads = 3;
  std::chrono::steady_clock::time_point cancelled;
  JoiningThread canceller([&, copy = token]() mutable {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    cancelled = std::chrono::steady_clock::now();
    copy.cancel();
  });
  EXPECT_THROW(train(request, token), Cancelled);
  const auto stopped = std::chrono::steady_clock::now();
  canceller.join();
  EXPECT_LT(std::chrono::duration<double>(stopped - cancelled).count(), kSanitized ? 5.0 : 0.5);
}

TEST(Trainer, TwoTrainingsAtOnceDoNotDisturbEachOther) {
  std::vector<TrainRequest> requests;
  std::vector<TrainResult> serial;
  for (std::uint64_t i = 0; i < 4; ++i) {
    TrainRequest& request = requests.emplace_back(separable(40 + 10 * i, 16 + i));
    request.params.subsample = 0.5;  // XGBoost's random numbers must not be shared between threads
    request.params.seed = static_cast<std::uint32_t>(i);
    request.folds = 3;
    request.threads = 2;
    serial.push_back(train(request, {}));
  }
  std::vector<TrainResult> together(4);
  {
    std::vector<JoiningThread> threads;
    for (std::size_t i = 0; i < 4; ++i) threads.emplace_back([&, i] { together[i] = train(requests[i], {}); });
  }
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(together[i].model, serial[i].model);
    EXPECT_EQ(together[i].cv_accuracy, serial[i].cv_accuracy);
  }
}

}  // namespace
}  // namespace shac::test
