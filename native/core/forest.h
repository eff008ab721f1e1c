// A classifier compiled for evaluation on rows of codes. Its decisions are XGBoost's own, bit for bit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/model.h"

namespace shac {

// Immutable after construction, so any number of threads may evaluate it at once.
//
// XGBoost's margin is a float32 sum of one leaf a tree, in tree order. Trees that split alike are merged here into one
// tree whose leaves are added in double precision: far fewer trees, and a sum that differs from XGBoost's by no more
// than float32 rounding. Only when the merged sum is closer to zero than that is XGBoost's own sum replayed.
class Forest {
 public:
  explicit Forest(Model model);

  std::size_t features() const noexcept { return model_.features; }
  std::size_t trees() const noexcept { return model_.trees.size(); }
  std::size_t merged_trees() const noexcept { return roots_.size(); }

  // Whether XGBoost's margin of `row` (features() codes) is above zero.
  bool accepts(const std::uint16_t* row) const {
    double sum = bias_;
    for (const std::int32_t root : roots_) sum += leaf_of(root, row);
    if (sum > rounding_) return true;
    if (sum < -rounding_) return false;
    return margin(row) > 0.0f;
  }

  // XGBoost's margin of `row`: the float32 sum in tree order.
  float margin(const std::uint16_t* row) const;

 private:
  struct MergedNode {
    std::int32_t feature;  // negative: a leaf
    std::int32_t threshold;
    std::int32_t left;
    std::int32_t right;
    double leaf;
  };

  double leaf_of(std::int32_t at, const std::uint16_t* row) const {
    while (true) {
      const MergedNode& node = nodes_[static_cast<std::size_t>(at)];
      if (node.feature < 0) return node.leaf;
      at = row[node.feature] < node.threshold ? node.left : node.right;
    }
  }

  Model model_;
  std::vector<MergedNode> nodes_;    // all merged trees, one after the other
  std::vector<std::int32_t> roots_;  // index of each merged tree's root in nodes_
  double bias_ = 0;                  // sum of the trees that are a single leaf
  double rounding_ = 0;              // bound on |merged sum - XGBoost's float32 sum|
};

}  // namespace shac
