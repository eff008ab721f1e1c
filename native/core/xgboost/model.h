// One classifier as XGBoost saved it: checked, and reduced to what a decision needs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace shac {

// A row goes left where code < threshold. `feature` is negative in a leaf, whose contribution is `leaf`.
struct Node {
  std::int32_t feature;
  std::int32_t threshold;
  std::int32_t left;
  std::int32_t right;
  float leaf;
};

// Node 0 is the root; every other node has exactly one parent with a smaller depth, so walks end.
using Tree = std::vector<Node>;

struct Model {
  std::size_t features;
  std::vector<Tree> trees;  // in the order in which XGBoost adds their leaves
};

// Reads a binary:logistic gbtree model with base_score 0.5 from XGBoost's UBJSON. Safe on any bytes: whatever is not
// such a model is an Error(kInvalidClassifier) that says what is wrong.
Model read_model(std::span<const std::uint8_t> bytes);

}  // namespace shac
