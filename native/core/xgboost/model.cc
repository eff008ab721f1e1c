#include "core/xgboost/model.h"

#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/xgboost/ubjson.h"

namespace shac {
namespace {

using ubjson::Numbers;
using ubjson::Value;

// All that a decision needs of a model; the rest of it is skipped.
constexpr std::string_view kWanted[] = {
    "learner",       "objective",        "name",        "gradient_booster",   "model",
    "trees",         "base_score",       "num_feature", "left_children",      "right_children",
    "split_indices", "split_conditions", "split_type",  "learner_model_param"};

constexpr double kMaxFeatures = 1 << 20;
constexpr std::int32_t kBeyondAllCodes = 1 << 16;  // codes are 16 bits

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorCode::kInvalidClassifier, "not a classifier of this library: " + what);
}

// XGBoost writes its parameters as text: "6", "5E-1", and since 3.1 "[5E-1]".
double number_of(const std::string& text) {
  const char* begin = text.c_str() + (text.starts_with('[') ? 1 : 0);
  char* end = nullptr;
  const double number = std::strtod(begin, &end);
  if (end == begin) fail("'" + text + "' is not a number");
  return number;
}

// A split is 'code < condition' with an integer code, hence 'code < ceil(condition)'.
std::int32_t threshold_of(double condition) {
  if (std::isnan(condition)) fail("a split condition is not a number");
  const double up = std::ceil(condition);
  if (up <= 0) return 0;
  if (up >= kBeyondAllCodes) return kBeyondAllCodes;
  return static_cast<std::int32_t>(up);
}

Tree read_tree(const Value& value, std::size_t features) {
  const Numbers& left = ubjson::numbers_member(value, "left_children");
  const Numbers& right = ubjson::numbers_member(value, "right_children");
  const Numbers& feature = ubjson::numbers_member(value, "split_indices");
  const Numbers& condition = ubjson::numbers_member(value, "split_conditions");
  const Numbers& type = ubjson::numbers_member(value, "split_type");
  const std::size_t size = left.size();
  if (size == 0) fail("a tree has no nodes");
  if (right.size() != size || feature.size() != size || condition.size() != size || type.size() != size) {
    fail("the arrays of a tree differ in length");
  }

  Tree tree(size);
  std::vector<std::uint8_t> parents(size, 0);
  for (std::size_t i = 0; i < size; ++i) {
    if (left[i] < 0) {
      const float leaf = static_cast<float>(condition[i]);
      if (!std::isfinite(leaf)) fail("a leaf is not finite");
      tree[i] = {-1, 0, 0, 0, leaf};
      continue;
    }
    if (type[i] != 0) fail("a split is categorical");
    for (const double child : {left[i], right[i]}) {
      if (!(child >= 1 && child < static_cast<double>(size)) || child != std::floor(child))
        fail("a child is out of range");
      if (++parents[static_cast<std::size_t>(child)] > 1) fail("a node has two parents");
    }
    if (!(feature[i] >= 0 && feature[i] < static_cast<double>(features)))
      fail("a split is on a feature that is not there");
    tree[i] = {static_cast<std::int32_t>(feature[i]), threshold_of(condition[i]), static_cast<std::int32_t>(left[i]),
               static_cast<std::int32_t>(right[i]), 0.0f};
  }
  // One parent at most and none for the root: a walk from the root cannot meet a node twice.
  return tree;
}

}  // namespace

Model read_model(std::span<const std::uint8_t> bytes) {
  const Value document = ubjson::parse(bytes, kWanted);
  const Value& learner = ubjson::member(document, "learner");

  const std::string& objective = ubjson::string_member(ubjson::member(learner, "objective"), "name");
  if (objective != "binary:logistic") fail("its objective is '" + objective + "', expected 'binary:logistic'");
  const Value& booster = ubjson::member(learner, "gradient_booster");
  const std::string& name = ubjson::string_member(booster, "name");
  if (name != "gbtree") fail("its booster is '" + name + "', expected 'gbtree'");
  const Value& param = ubjson::member(learner, "learner_model_param");
  if (number_of(ubjson::string_member(param, "base_score")) != 0.5) fail("its base_score is not 0.5");
  const double features = number_of(ubjson::string_member(param, "num_feature"));
  if (!(features >= 1 && features <= kMaxFeatures) || features != std::floor(features))
    fail("num_feature is out of range");

  Model model{static_cast<std::size_t>(features), {}};
  const auto& trees = ubjson::array_member(ubjson::member(booster, "model"), "trees");
  model.trees.reserve(trees.size());
  for (const Value& tree : trees) model.trees.push_back(read_tree(tree, model.features));
  return model;
}

}  // namespace shac
