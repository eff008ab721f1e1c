// Labels and rows of codes -> one classifier, with its stratified cross-validation score, or why there is none.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/cancel.h"
#include "core/cascade/forest.h"
#include "core/training/booster_params.h"

namespace shac {

struct TrainRequest {
  std::vector<std::uint16_t> codes;  // rows x columns
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<std::uint8_t> labels;  // one a row, 0 or 1
  std::vector<float> weights;        // one a row, how much it counts in training; empty when all count alike
  std::vector<std::uint16_t> elite;  // further rows of codes, each of which the classifier has to accept
  BoosterParams params;              // attempt a trains with seed + a
  unsigned folds = 0;                // 0: no cross-validation
  unsigned attempts = 1;             // each with folds of its own
  std::uint64_t shuffle_seed = 0;    // with the number of the attempt: which rows share a fold
  unsigned threads = 1;              // does not change the result
};

// Why there is no classifier after the last attempt.
enum class Refusal {
  kNone,
  kConstant,  // it gives all its own rows the same class
  kElite,     // it rejects a row of the elite
  kAccuracy,  // its mean accuracy over the folds' held-out rows is below one half
};

struct TrainResult {
  Refusal refusal = Refusal::kNone;
  unsigned attempts = 0;                 // that it took
  std::optional<double> cv_accuracy;     // mean accuracy over the folds' held-out rows; none after a refusal
  std::vector<std::uint8_t> model;       // XGBoost's UBJSON, of the last attempt
  std::shared_ptr<const Forest> forest;  // the same, compiled
};

// The first attempt that is not refused. Throws Error, or Cancelled soon after the token is set.
TrainResult train(const TrainRequest& request, const CancelToken& token);

}  // namespace shac
