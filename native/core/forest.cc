#include "core/forest.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace shac {
namespace {

// Nodes of a tree in preorder, so that trees of identical structure have identical keys and leaf order.
struct Flat {
  std::vector<std::int32_t> structure;  // feature, threshold for a split; -1 for a leaf
  std::vector<double> leaves;
};

void flatten(const Tree& tree, Flat& flat) {
  std::vector<std::int32_t> pending{0};
  while (!pending.empty()) {
    const Node& node = tree[static_cast<std::size_t>(pending.back())];
    pending.pop_back();
    if (node.feature < 0) {
      flat.structure.push_back(-1);
      flat.leaves.push_back(node.leaf);
    } else {
      flat.structure.insert(flat.structure.end(), {node.feature, node.threshold});
      pending.push_back(node.right);
      pending.push_back(node.left);
    }
  }
}

double largest_leaf(const Tree& tree) {
  double largest = 0;
  for (const Node& node : tree) {
    if (node.feature < 0) largest = std::max(largest, std::abs(static_cast<double>(node.leaf)));
  }
  return largest;
}

float walk(const Tree& tree, const std::uint16_t* row) {
  std::int32_t at = 0;
  while (true) {
    const Node& node = tree[static_cast<std::size_t>(at)];
    if (node.feature < 0) return node.leaf;
    at = row[node.feature] < node.threshold ? node.left : node.right;
  }
}

}  // namespace

Forest::Forest(Model model) : model_(std::move(model)) {
  std::map<std::vector<std::int32_t>, std::vector<double>> merged;
  double magnitude = 0;
  for (const Tree& tree : model_.trees) {
    magnitude += largest_leaf(tree);
    if (tree.size() == 1) {
      bias_ += tree[0].leaf;
      continue;
    }
    Flat flat;
    flatten(tree, flat);
    auto [entry, fresh] = merged.try_emplace(std::move(flat.structure), flat.leaves);
    if (fresh) continue;
    for (std::size_t i = 0; i < flat.leaves.size(); ++i) entry->second[i] += flat.leaves[i];
  }
  // n additions of float32, each rounding a partial sum of at most `magnitude` by half a unit in the last place; the
  // factor 1.01 covers the second-order terms and the rounding of the double sums.
  rounding_ = static_cast<double>(model_.trees.size()) * 0x1p-24 * magnitude * 1.01;

  for (const auto& [structure, leaves] : merged) {
    roots_.push_back(static_cast<std::int32_t>(nodes_.size()));
    std::size_t leaf = 0;
    std::vector<std::size_t> without_right;  // splits whose right child comes later in preorder
    for (std::size_t i = 0; i < structure.size();) {
      const auto index = static_cast<std::int32_t>(nodes_.size());
      if (structure[i] >= 0) {
        without_right.push_back(nodes_.size());
        nodes_.push_back({structure[i], structure[i + 1], index + 1, 0, 0.0});
        i += 2;
        continue;
      }
      nodes_.push_back({-1, 0, 0, 0, leaves[leaf++]});
      ++i;
      if (!without_right.empty()) {
        nodes_[without_right.back()].right = index + 1;
        without_right.pop_back();
      }
    }
  }
}

float Forest::margin(const std::uint16_t* row) const {
  float sum = 0.0f;
  for (const Tree& tree : model_.trees) sum += walk(tree, row);
  return sum;
}

}  // namespace shac
