#include "core/cascade/forest.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <utility>

namespace shac {
namespace {

constexpr std::int32_t kLeaf = -1;
constexpr std::size_t kMaxKernelTrees = 1000;  // so many roundings fit between the scale and the range of int16

// A tree in preorder. Trees that split alike have equal structures, and their leaves are in the same order.
struct Flat {
  std::vector<std::int32_t> structure;  // feature, threshold for a split; kLeaf for a leaf
  std::vector<double> leaves;
};

// Splits that every code (a whole number from 0) passes on one side are left out.
Flat flatten(const Tree& tree) {
  Flat flat;
  std::vector<std::int32_t> pending{0};
  while (!pending.empty()) {
    const Node& node = tree[static_cast<std::size_t>(pending.back())];
    pending.pop_back();
    if (node.feature < 0) {
      flat.structure.push_back(kLeaf);
      flat.leaves.push_back(node.leaf);
    } else if (node.threshold <= 0 || node.threshold > INT16_MAX) {
      pending.push_back(node.threshold <= 0 ? node.right : node.left);
    } else {
      flat.structure.insert(flat.structure.end(), {node.feature, node.threshold});
      pending.push_back(node.right);
      pending.push_back(node.left);
    }
  }
  return flat;
}

double largest_leaf(std::span<const double> leaves) {
  double largest = 0;
  for (const double leaf : leaves) largest = std::max(largest, std::abs(leaf));
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

// Walks `from` and `to` in step. Where `from` ends in a leaf, `to` may go on with any subtree: for each leaf of `to`,
// the leaf of `from` that covers it, appended to `cover`. False where the two split differently.
bool covers(const Flat& from, const Flat& to, std::vector<std::size_t>& cover) {
  std::size_t a = 0;
  std::size_t leaf = 0;
  for (std::size_t b = 0; b < to.structure.size();) {
    if (from.structure[a] == kLeaf) {
      // One whole subtree of `to`: its leaves outnumber its splits by one.
      for (std::size_t open = 1; open > 0;) {
        if (to.structure[b] == kLeaf) {
          cover.push_back(leaf);
          --open;
          ++b;
        } else {
          ++open;
          b += 2;
        }
      }
      ++leaf;
      ++a;
      continue;
    }
    if (from.structure[a] != to.structure[b] || from.structure[a + 1] != to.structure[b + 1]) return false;
    a += 2;
    b += 2;
  }
  return true;
}

// Adds every tree to a larger one that begins with its splits, where there is one.
std::vector<Flat> fold(std::vector<Flat> trees) {
  std::stable_sort(trees.begin(), trees.end(),
                   [](const Flat& a, const Flat& b) { return a.leaves.size() < b.leaves.size(); });
  std::vector<Flat> kept;
  std::vector<std::size_t> cover;
  for (std::size_t i = 0; i < trees.size(); ++i) {
    bool folded = false;
    for (std::size_t j = i + 1; j < trees.size() && !folded; ++j) {
      cover.clear();
      if (trees[j].leaves.size() == trees[i].leaves.size() || !covers(trees[i], trees[j], cover)) continue;
      for (std::size_t leaf = 0; leaf < cover.size(); ++leaf) trees[j].leaves[leaf] += trees[i].leaves[cover[leaf]];
      folded = true;
    }
    if (!folded) kept.push_back(std::move(trees[i]));
  }
  return kept;
}

void append(const Flat& flat, std::vector<Forest::Node>& nodes) {
  std::size_t leaf = 0;
  std::vector<std::size_t> without_right;  // splits whose right child comes later in preorder
  for (std::size_t i = 0; i < flat.structure.size();) {
    const auto index = static_cast<std::int32_t>(nodes.size());
    if (flat.structure[i] != kLeaf) {
      without_right.push_back(nodes.size());
      nodes.push_back({flat.structure[i], flat.structure[i + 1], index + 1, 0, 0.0});
      i += 2;
      continue;
    }
    nodes.push_back({kLeaf, 0, 0, 0, flat.leaves[leaf++]});
    ++i;
    if (!without_right.empty()) {
      nodes[without_right.back()].right = index + 1;
      without_right.pop_back();
    }
  }
}

// The depth of the subtree at `at`, or most + 1 when it is deeper than `most`.
int depth_of(const std::vector<Forest::Node>& nodes, std::int32_t at, int most) {
  const Forest::Node& node = nodes[static_cast<std::size_t>(at)];
  if (node.feature < 0) return 0;
  if (most == 0) return 1;
  return 1 + std::max(depth_of(nodes, node.left, most - 1), depth_of(nodes, node.right, most - 1));
}

// Lays the subtree at `at` out as a perfect tree: `position` counts nodes by level. A leaf above the last level fills
// all places below it; the comparisons there do not matter.
template <typename Perfect>
void lay_out(const std::vector<Forest::Node>& nodes, std::int32_t at, std::size_t position, double scale,
             Perfect& perfect) {
  constexpr std::size_t kSplits = std::size(Perfect{}.feature);
  const Forest::Node& node = nodes[static_cast<std::size_t>(at)];
  if (position >= kSplits) {
    // Leaves count from the one where every comparison failed; positions count from where every one held.
    perfect.leaves[2 * kSplits - position] = static_cast<std::int16_t>(std::lround(node.leaf * scale));
    return;
  }
  const bool leaf = node.feature < 0;
  perfect.feature[position] = leaf ? 0 : static_cast<std::uint32_t>(node.feature);
  perfect.threshold[position] = leaf ? std::int16_t{0} : static_cast<std::int16_t>(node.threshold);
  lay_out(nodes, leaf ? at : node.left, 2 * position + 1, scale, perfect);
  lay_out(nodes, leaf ? at : node.right, 2 * position + 2, scale, perfect);
}

}  // namespace

Forest::Forest(Model model) : model_(std::move(model)) {
  std::map<std::vector<std::int32_t>, std::vector<double>> merged;
  double magnitude = 0;
  for (const Tree& tree : model_.trees) {
    Flat flat = flatten(tree);
    magnitude += largest_leaf(flat.leaves);
    if (flat.leaves.size() == 1) {
      bias_ += flat.leaves[0];
      continue;
    }
    auto [entry, fresh] = merged.try_emplace(std::move(flat.structure), flat.leaves);
    if (fresh) continue;
    for (std::size_t i = 0; i < flat.leaves.size(); ++i) entry->second[i] += flat.leaves[i];
  }
  // n additions of float32, each rounding a partial sum of at most `magnitude` by half a unit in the last place; the
  // factor 1.01 covers the second-order terms and the rounding of the double sums.
  rounding_ = static_cast<double>(model_.trees.size()) * 0x1p-24 * magnitude * 1.01;

  std::vector<Flat> flats;
  for (const auto& [structure, leaves] : merged) flats.push_back({structure, leaves});
  for (const Flat& flat : fold(std::move(flats))) {
    roots_.push_back(static_cast<std::int32_t>(nodes_.size()));
    append(flat, nodes_);
  }
  build_kernel();
}

void Forest::build_kernel() {
  for (const Node& node : nodes_) {
    if (node.feature >= 0) used_features_.push_back(static_cast<std::uint32_t>(node.feature));
  }
  std::sort(used_features_.begin(), used_features_.end());
  used_features_.erase(std::unique(used_features_.begin(), used_features_.end()), used_features_.end());

  double magnitude = std::abs(bias_);
  has_kernel_ = roots_.size() <= kMaxKernelTrees;
  for (std::size_t i = 0; i < roots_.size(); ++i) {
    const std::size_t end = i + 1 < roots_.size() ? static_cast<std::size_t>(roots_[i + 1]) : nodes_.size();
    double largest = 0;
    for (std::size_t at = static_cast<std::size_t>(roots_[i]); at < end; ++at) {
      largest = std::max(largest, std::abs(nodes_[at].leaf));
    }
    magnitude += largest;
    has_kernel_ = has_kernel_ && depth_of(nodes_, roots_[i], 3) <= 3;
  }
  cost_ = static_cast<double>(nodes_.size() - roots_.size()) / 2 + 1;  // half of the other nodes are splits
  if (!has_kernel_) {
    cost_ *= 30;  // one lane at a time
    return;
  }

  // No sum can leave the range of int16: 32,000 leaves room for half a unit of rounding a tree.
  scale_ = magnitude > 0 ? 32000 / magnitude : 0;
  kernel_bias_ = static_cast<std::int16_t>(std::lround(bias_ * scale_));
  for (const std::int32_t root : roots_) {
    switch (depth_of(nodes_, root, 3)) {
      case 1: {
        const Node& node = nodes_[static_cast<std::size_t>(root)];
        const auto leaf = [&](std::int32_t at) {
          return static_cast<std::int16_t>(std::lround(nodes_[static_cast<std::size_t>(at)].leaf * scale_));
        };
        stumps_.push_back({static_cast<std::uint32_t>(node.feature),
                           static_cast<std::int16_t>(node.threshold),
                           {leaf(node.right), leaf(node.left)}});
        break;
      }
      case 2:
        lay_out(nodes_, root, 0, scale_, trees2_.emplace_back());
        break;
      default:
        lay_out(nodes_, root, 0, scale_, trees3_.emplace_back());
    }
  }
  // Half a unit for each rounded leaf and for the bias, and what float32 rounding amounts to.
  grey_ = static_cast<std::int16_t>(
      std::min(32767.0, std::ceil(0.5 * static_cast<double>(roots_.size() + 1) + rounding_ * scale_) + 1));
}

std::vector<Tree3> Forest::perfect_trees() const {
  std::vector<Tree3> trees;
  for (const std::int32_t root : roots_) lay_out(nodes_, root, 0, scale_, trees.emplace_back());
  return trees;
}

ForestView Forest::view() const noexcept {
  return {stumps_.data(), stumps_.size(), trees2_.data(), trees2_.size(), trees3_.data(), trees3_.size(), kernel_bias_};
}

float Forest::margin(const std::uint16_t* row) const {
  float sum = 0.0f;
  for (const Tree& tree : model_.trees) sum += walk(tree, row);
  return sum;
}

}  // namespace shac
