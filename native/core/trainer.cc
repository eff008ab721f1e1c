#include "core/trainer.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "core/error.h"
#include "core/forest.h"
#include "core/parallel.h"
#include "core/rng.h"
#include "core/xgb.h"

namespace shac {
namespace {

void check(const TrainRequest& request) {
  if (request.rows == 0 || request.columns == 0 || request.codes.size() != request.rows * request.columns) {
    throw Error(ErrorCode::kInvalidArgument, std::to_string(request.codes.size()) + " codes are not " +
                                                 std::to_string(request.rows) + " rows of " +
                                                 std::to_string(request.columns));
  }
  if (request.labels.size() != request.rows) {
    throw Error(ErrorCode::kInvalidArgument,
                std::to_string(request.labels.size()) + " labels for " + std::to_string(request.rows) + " rows");
  }
  if (std::any_of(request.labels.begin(), request.labels.end(), [](std::uint8_t label) { return label > 1; })) {
    throw Error(ErrorCode::kInvalidArgument, "labels are 0 or 1");
  }
  if (request.folds == 1 || request.folds > request.rows) {
    throw Error(ErrorCode::kInvalidArgument, std::to_string(request.folds) + " folds of " +
                                                 std::to_string(request.rows) + " rows, expected 0 or 2 to the rows");
  }
}

std::string text(double number) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.17g", number);
  return buffer;
}

void configure(xgb::Booster& booster, const BoosterParams& params) {
  booster.set("verbosity", "0");
  booster.set("nthread", "1");
  booster.set("booster", "gbtree");
  booster.set("objective", "binary:logistic");
  booster.set("base_score", "0.5");
  booster.set("tree_method", "exact");
  booster.set("max_depth", std::to_string(params.max_depth));
  booster.set("eta", text(params.eta));
  booster.set("lambda", text(params.lambda));
  booster.set("alpha", "0");
  booster.set("gamma", "0");
  booster.set("min_child_weight", text(params.min_child_weight));
  booster.set("max_delta_step", "0");
  booster.set("subsample", text(params.subsample));
  booster.set("scale_pos_weight", "1");
  booster.set("seed", std::to_string(params.seed));
  booster.set("disable_default_eval_metric", "1");
}

// The rows of a request whose fold is (or is not) `fold`.
struct Part {
  std::vector<std::uint16_t> codes;
  std::vector<std::uint8_t> labels;
};

Part part_of(const TrainRequest& request, const std::vector<unsigned>& folds, unsigned fold, bool inside) {
  Part part;
  for (std::size_t i = 0; i < request.rows; ++i) {
    if ((folds[i] == fold) != inside) continue;
    const auto begin = request.codes.begin() + static_cast<std::ptrdiff_t>(i * request.columns);
    part.codes.insert(part.codes.end(), begin, begin + static_cast<std::ptrdiff_t>(request.columns));
    part.labels.push_back(request.labels[i]);
  }
  return part;
}

void boost(xgb::Booster& booster, const xgb::Matrix& matrix, const BoosterParams& params, const CancelToken& token) {
  configure(booster, params);
  for (int round = 0; round < params.rounds; ++round) {
    token.throw_if_cancelled();
    booster.update(round, matrix);
  }
}

double fold_accuracy(const TrainRequest& request, const std::vector<unsigned>& folds, unsigned fold,
                     const CancelToken& token) {
  const Part rest = part_of(request, folds, fold, false);
  const Part held_out = part_of(request, folds, fold, true);
  const xgb::Matrix matrix(rest.codes, rest.labels.size(), request.columns, rest.labels);
  xgb::Booster booster(matrix);
  boost(booster, matrix, request.params, token);
  const std::vector<float> margins =
      booster.margins(xgb::Matrix(held_out.codes, held_out.labels.size(), request.columns));
  std::size_t right = 0;
  for (std::size_t i = 0; i < margins.size(); ++i) right += (margins[i] > 0) == (held_out.labels[i] == 1) ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(margins.size());
}

void final_fit(const TrainRequest& request, TrainResult& result, const CancelToken& token) {
  const xgb::Matrix matrix(request.codes, request.rows, request.columns, request.labels);
  xgb::Booster booster(matrix);
  boost(booster, matrix, request.params, token);
  result.model = booster.save_ubjson();
  result.forest = std::make_shared<const Forest>(read_model(result.model));
  for (std::size_t i = 0; i < request.rows; ++i) {
    result.accepted += result.forest->accepts(request.codes.data() + i * request.columns) ? 1 : 0;
  }
}

}  // namespace

std::vector<unsigned> stratified_folds(const std::vector<std::uint8_t>& labels, unsigned folds, std::uint64_t seed) {
  std::vector<unsigned> fold_of(labels.size());
  unsigned next = 0;
  for (std::uint8_t label = 0; label < 2; ++label) {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] == label) rows.push_back(i);
    }
    for (std::size_t i = rows.size(); i > 1; --i) {
      const Words words = philox4x32({static_cast<std::uint32_t>(i), label, 0, 0}, seed);
      std::swap(rows[i - 1], rows[scale_to_levels(words[0], static_cast<std::uint32_t>(i))]);
    }
    // The second class goes on where the first one stopped, which keeps the folds' sizes within one of each other.
    for (const std::size_t row : rows) fold_of[row] = next++ % folds;
  }
  return fold_of;
}

TrainResult train(const TrainRequest& request, const CancelToken& token) {
  check(request);
  TrainResult result;
  std::vector<double> accuracy(request.folds);
  const std::vector<unsigned> folds = request.folds == 0
                                          ? std::vector<unsigned>{}
                                          : stratified_folds(request.labels, request.folds, request.shuffle_seed);
  in_parallel(request.folds + 1, request.threads, [&](unsigned job) {
    if (job == 0) {
      final_fit(request, result, token);
    } else {
      accuracy[job - 1] = fold_accuracy(request, folds, job - 1, token);
    }
  });
  if (request.folds > 0) {
    double sum = 0;
    for (const double one : accuracy) sum += one;
    result.cv_accuracy = sum / request.folds;
  }
  return result;
}

}  // namespace shac
