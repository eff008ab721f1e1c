// A classifier compiled for evaluation on rows of codes. Its decisions are XGBoost's own, bit for bit.
#pragma once

#include <cstdint>
#include <vector>

#include "core/cascade/kernel.h"
#include "core/xgboost/model.h"

namespace shac {

// Immutable after construction, so any number of threads may evaluate it at once.
//
// XGBoost's margin is a float32 sum of one leaf a tree, in tree order. Trees that split alike are merged here into one
// tree whose leaves are added in double precision, and a tree is folded into another whose splits begin like its own:
// far fewer trees, and a sum that differs from XGBoost's by no more than float32 rounding. Only when the merged sum is
// closer to zero than that is XGBoost's own sum replayed. The kernels go one step further: 16-bit leaves, whose sum
// decides unless it is within grey() of zero.
class Forest {
 public:
  // A node of a merged tree; `feature` is negative in a leaf.
  struct Node {
    std::int32_t feature;
    std::int32_t threshold;
    std::int32_t left;
    std::int32_t right;
    double leaf;
  };

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

  // The merged trees: the sum of bias() and of one leaf a tree is within rounding() of XGBoost's margin.
  const std::vector<Node>& nodes() const noexcept { return nodes_; }
  const std::vector<std::int32_t>& roots() const noexcept { return roots_; }
  double bias() const noexcept { return bias_; }
  double rounding() const noexcept { return rounding_; }

  // Whether view() stands for the whole forest: no merged tree is deeper than 3 levels.
  bool has_kernel() const noexcept { return has_kernel_; }
  ForestView view() const noexcept;
  // The same trees, all laid out with three levels. A comparison that does not matter has threshold 0.
  std::vector<Tree3> perfect_trees() const;
  // A kernel's sum above it means that XGBoost accepts, below its negative that XGBoost rejects.
  std::int16_t grey() const noexcept { return grey_; }
  // Features that the trees split on, ascending.
  const std::vector<std::uint32_t>& used_features() const noexcept { return used_features_; }
  // Relative time of a decision.
  double cost() const noexcept { return cost_; }

 private:
  double leaf_of(std::int32_t at, const std::uint16_t* row) const {
    while (true) {
      const Node& node = nodes_[static_cast<std::size_t>(at)];
      if (node.feature < 0) return node.leaf;
      at = row[node.feature] < node.threshold ? node.left : node.right;
    }
  }
  void build_kernel();

  Model model_;
  std::vector<Node> nodes_;          // all merged trees, one after the other, each in preorder
  std::vector<std::int32_t> roots_;  // index of each merged tree's root in nodes_
  double bias_ = 0;                  // sum of the trees that are a single leaf
  double rounding_ = 0;              // bound on |merged sum - XGBoost's float32 sum|

  bool has_kernel_ = false;
  std::vector<Stump> stumps_;
  std::vector<Tree2> trees2_;
  std::vector<Tree3> trees3_;
  std::int16_t kernel_bias_ = 0;
  std::int16_t grey_ = 0;
  std::vector<std::uint32_t> used_features_;
  double cost_ = 0;
  double scale_ = 0;  // of the kernel's leaves
};

}  // namespace shac
