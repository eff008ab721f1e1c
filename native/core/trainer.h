// Labels and rows of codes -> one classifier, with its stratified cross-validation score.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/cancel.h"
#include "core/forest.h"

namespace shac {

// XGBoost's parameters. Nothing is left to its defaults, which differ between versions.
struct BoosterParams {
  int rounds = 200;
  int max_depth = 3;
  double eta = 0.1;
  double lambda = 1;
  double min_child_weight = 1;
  double subsample = 1;
  std::uint32_t seed = 0;
};

struct TrainRequest {
  std::vector<std::uint16_t> codes;  // rows x columns
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<std::uint8_t> labels;  // one a row, 0 or 1
  BoosterParams params;
  unsigned folds = 0;              // 0: no cross-validation
  std::uint64_t shuffle_seed = 0;  // which rows share a fold
  unsigned threads = 1;            // does not change the result
};

struct TrainResult {
  std::vector<std::uint8_t> model;       // XGBoost's UBJSON
  std::optional<double> cv_accuracy;     // mean accuracy over the folds' held-out rows
  std::shared_ptr<const Forest> forest;  // the same, compiled
  std::size_t accepted = 0;              // rows of the training set that the classifier accepts
};

// Throws Error, or Cancelled soon after the token is set.
TrainResult train(const TrainRequest& request, const CancelToken& token);

// The fold of each row: classes are shuffled and dealt out in turn, so every fold has its share of each.
std::vector<unsigned> stratified_folds(const std::vector<std::uint8_t>& labels, unsigned folds, std::uint64_t seed);

}  // namespace shac
