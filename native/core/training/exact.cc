#include "core/training/exact.h"

#include <algorithm>
#include <cmath>

namespace shac {
namespace {

constexpr float kLeastGain = 1e-6f;

// As XGBoost computes it, in float32.
float sigmoid(float margin) {
  const float denominator = std::exp(std::min(-margin, 88.7f)) + 1.0f + 1e-16f;
  return 1.0f / denominator;
}

}  // namespace

ExactBooster::ExactBooster(const Rows& rows, std::size_t columns, std::span<const std::uint16_t> held_out,
                           const BoosterParams& params)
    : codes_(rows.codes),
      labels_(rows.labels),
      weights_(rows.weights),
      held_out_(held_out),
      columns_(columns),
      max_depth_(params.max_depth),
      eta_(static_cast<float>(params.eta)),
      lambda_(static_cast<float>(params.lambda)),
      min_child_weight_(static_cast<float>(params.min_child_weight)),
      least_hessian_(light_roots_count() ? 0 : min_child_weight_),
      margins_(labels_.size()),
      held_out_margins_(held_out.size() / columns),
      gradients_(labels_.size()),
      hessians_(labels_.size()),
      position_(labels_.size()) {
  const std::size_t count = labels_.size();
  sorted_.resize(columns * count);
  for (std::size_t column = 0; column < columns; ++column) {
    Entry* const begin = sorted_.data() + column * count;
    for (std::size_t row = 0; row < count; ++row) {
      begin[row] = {static_cast<std::uint32_t>(row), static_cast<float>(codes_[row * columns + column])};
    }
    // Not a stable sort: rows of equal code shall be in XGBoost's order, since sums depend on it.
    std::sort(begin, begin + count, [](const Entry& a, const Entry& b) { return a.code < b.code; });
  }
}

void ExactBooster::update() {
  compute_gradients();
  nodes_.assign(1, Node{});
  std::fill(position_.begin(), position_.end(), 0);
  open_nodes(0);
  std::size_t first = 0;  // of the level that may be split
  for (int depth = 0; depth < max_depth_; ++depth) {
    const std::size_t next = nodes_.size();
    find_splits(first);
    if (!split_nodes(first)) break;
    open_nodes(next);
    first = next;
  }
  add_leaves();
}

void ExactBooster::compute_gradients() {
  for (std::size_t row = 0; row < labels_.size(); ++row) {
    const float probability = sigmoid(margins_[row]);
    const float weight = weights_.empty() ? 1.0f : weights_[row];
    gradients_[row] = (probability - static_cast<float>(labels_[row])) * weight;
    hessians_[row] = std::max(probability * (1.0f - probability), 1e-16f) * weight;
  }
}

// The sums of the nodes from `first` on, whose rows are known.
void ExactBooster::open_nodes(std::size_t first) {
  for (std::size_t row = 0; row < labels_.size(); ++row) {
    if (position_[row] < first) continue;
    Stats& stats = nodes_[position_[row]].stats;
    stats.gradient += gradients_[row];
    stats.hessian += hessians_[row];
  }
  for (std::size_t i = first; i < nodes_.size(); ++i) {
    nodes_[i].weight = weight_of(nodes_[i].stats);
    nodes_[i].gain = gain_of(nodes_[i].stats);
  }
}

// The best split of each node from `first` on. Columns are dense, so that one pass, from the largest code down, sees
// every split.
void ExactBooster::find_splits(std::size_t first) {
  const std::size_t rows = labels_.size();
  for (std::uint32_t feature = 0; feature < columns_; ++feature) {
    scans_.assign(nodes_.size() - first, Scan{});
    const Entry* const column = sorted_.data() + feature * rows;
    for (std::size_t i = rows; i-- > 0;) {
      const auto [row, code] = column[i];
      if (position_[row] < first) continue;
      Scan& scan = scans_[position_[row] - first];
      if (scan.passed.hessian != 0) propose(nodes_[position_[row]], scan, feature, code);
      scan.passed.gradient += gradients_[row];
      scan.passed.hessian += hessians_[row];
      scan.last = code;
    }
  }
}

// A split of a node between the code that was passed last and the next lower one.
void ExactBooster::propose(Node& node, const Scan& scan, std::uint32_t feature, float code) const {
  if (code == scan.last || scan.passed.hessian < min_child_weight_) return;
  const Stats left{node.stats.gradient - scan.passed.gradient, node.stats.hessian - scan.passed.hessian};
  if (left.hessian < min_child_weight_) return;
  const float gain = (gain_of(left) + gain_of(scan.passed)) - node.gain;
  if (std::isfinite(gain) && gain > node.best.gain) node.best = {gain, feature, (code + scan.last) * 0.5f};
}

// Makes the children of the nodes from `first` on that are worth it. False when none is.
bool ExactBooster::split_nodes(std::size_t first) {
  const std::size_t end = nodes_.size();
  for (std::size_t i = first; i < end; ++i) {
    if (nodes_[i].best.gain <= kLeastGain) continue;
    nodes_[i].left = static_cast<std::int32_t>(nodes_.size());
    nodes_.resize(nodes_.size() + 2);
  }
  if (nodes_.size() == end) return false;
  for (std::size_t row = 0; row < labels_.size(); ++row) {
    const Node& node = nodes_[position_[row]];
    if (node.left < 0) continue;
    const bool right = !(static_cast<float>(codes_[row * columns_ + node.best.feature]) < node.best.threshold);
    position_[row] = static_cast<std::uint32_t>(node.left) + (right ? 1 : 0);
  }
  return true;
}

void ExactBooster::add_leaves() {
  for (std::size_t row = 0; row < labels_.size(); ++row) margins_[row] += nodes_[position_[row]].weight * eta_;
  for (std::size_t row = 0; row < held_out_margins_.size(); ++row) {
    const Node* node = nodes_.data();
    while (node->left >= 0) {
      const float code = static_cast<float>(held_out_[row * columns_ + node->best.feature]);
      node = nodes_.data() + node->left + (code < node->best.threshold ? 0 : 1);
    }
    held_out_margins_[row] += node->weight * eta_;
  }
}

float ExactBooster::weight_of(const Stats& stats) const {
  if (stats.hessian < least_hessian_ || stats.hessian <= 0) return 0;
  return static_cast<float>(-stats.gradient / (stats.hessian + lambda_));
}

float ExactBooster::gain_of(const Stats& stats) const {
  if (stats.hessian <= 0) return 0;
  return static_cast<float>(stats.gradient * stats.gradient / (stats.hessian + lambda_));
}

}  // namespace shac
