#include "core/cascade/bounds.h"

#include <algorithm>
#include <array>
#include <set>

namespace shac {
namespace {

// For each set of nodes (one bit each, by level) that can go left, the leaves that no left turn forbids; the same for
// right. A leaf is reachable when it is in both.
struct ReachTables {
  std::array<std::uint8_t, 128> left{};
  std::array<std::uint8_t, 128> right{};
};

constexpr ReachTables make_tables() {
  ReachTables tables;
  for (unsigned mask = 0; mask < 128; ++mask) {
    for (unsigned leaf = 0; leaf < 8; ++leaf) {
      bool by_left = true;
      bool by_right = true;
      unsigned node = 0;
      for (unsigned level = 0; level < 3; ++level) {
        const bool goes_left = (leaf >> (2 - level) & 1) != 0;  // leaf 7 is left of everything
        const bool allowed = (mask >> node & 1) != 0;
        if (goes_left && !allowed) by_left = false;
        if (!goes_left && !allowed) by_right = false;
        node = 2 * node + (goes_left ? 1 : 2);
      }
      if (by_left) tables.left[mask] |= static_cast<std::uint8_t>(1u << leaf);
      if (by_right) tables.right[mask] |= static_cast<std::uint8_t>(1u << leaf);
    }
  }
  return tables;
}

constexpr ReachTables kReach = make_tables();

std::int32_t upper_of(const Tree3& tree, unsigned leaves) {
  std::int32_t upper = INT16_MIN;
  for (; leaves != 0; leaves &= leaves - 1) upper = std::max<std::int32_t>(upper, tree.leaves[__builtin_ctz(leaves)]);
  return upper;
}

// Which nodes can go left and right inside a box.
struct Turns {
  unsigned left = 0;
  unsigned right = 0;
};

Turns turns_of(const Tree3& tree, const BoxView& box) {
  Turns turns;
  for (unsigned i = 0; i < 7; ++i) {
    const std::uint32_t f = tree.feature[i];
    if (tree.threshold[i] > box.lo[f]) turns.left |= 1u << i;
    if (tree.threshold[i] < box.hi[f]) turns.right |= 1u << i;
  }
  return turns;
}

unsigned leaves_of(const Turns& turns) { return kReach.left[turns.left] & kReach.right[turns.right]; }

// Those of `nodes` that split on the feature of the first one.
unsigned on_one_feature(const Tree3& tree, unsigned nodes) {
  const std::uint32_t feature = tree.feature[__builtin_ctz(nodes)];
  unsigned same = 0;
  for (unsigned rest = nodes; rest != 0; rest &= rest - 1) {
    const unsigned i = static_cast<unsigned>(__builtin_ctz(rest));
    if (tree.feature[i] == feature) same |= 1u << i;
  }
  return same;
}

struct Lowest {
  std::int32_t rank = INT32_MAX;
  unsigned nodes = 0;
};

// Those of `nodes` with the lowest threshold.
Lowest lowest_of(const std::uint16_t* ranks, unsigned nodes) {
  Lowest lowest;
  for (unsigned rest = nodes; rest != 0; rest &= rest - 1) {
    const unsigned i = static_cast<unsigned>(__builtin_ctz(rest));
    const std::int32_t own = ranks[i];
    if (own > lowest.rank) continue;
    lowest.nodes = own < lowest.rank ? 1u << i : lowest.nodes | 1u << i;
    lowest.rank = own;
  }
  return lowest;
}

// How the upper bounds of the two parts of a box differ from its own, by the cut that parts it: one entry a threshold
// of a feature, as differences from each entry to the next one.
struct Parts {
  std::int32_t* left;
  std::int32_t* right;
};

// Adds what the cuts on one feature change of a tree, whose bound over the whole box is `upper`. `same` are its nodes
// that split on the feature inside the box, `end` is the number of the feature's thresholds.
void add_tree(const Tree3& tree, const std::uint16_t* ranks, const Turns& turns, std::int32_t upper, unsigned same,
              std::int32_t end, const Parts& parts) {
  // By ascending threshold. Left of a cut, nodes at or above it cannot go right; right of it, nodes at or below it
  // cannot go left.
  unsigned below = 0;  // nodes whose threshold is lower than that of `same`
  std::int32_t from = 0;
  for (Lowest lowest = lowest_of(ranks, same); same != 0;) {
    // Cuts from the last threshold (exclusive) to this one (inclusive).
    const std::int32_t left_upper = upper_of(tree, leaves_of({turns.left, turns.right & ~same})) - upper;
    parts.left[from] += left_upper;
    parts.left[lowest.rank + 1] -= left_upper;
    from = lowest.rank + 1;
    same &= ~lowest.nodes;
    below |= lowest.nodes;
    // Cuts from this threshold (inclusive) to the next one (exclusive).
    const Lowest next = lowest_of(ranks, same);
    const std::int32_t right_upper = upper_of(tree, leaves_of({turns.left & ~below, turns.right})) - upper;
    parts.right[lowest.rank] += right_upper;
    parts.right[std::min(next.rank, end)] -= right_upper;
    lowest = next;
  }
}

}  // namespace

ClassifierBounds::ClassifierBounds(const Forest& forest)
    : trees_(forest.perfect_trees()),
      bias_(forest.view().bias),
      grey_(forest.grey()),
      used_(forest.used_features()),
      place_(forest.features()) {
  std::vector<std::set<std::uint16_t>> distinct(used_.size());
  for (std::size_t i = 0; i < used_.size(); ++i) place_[used_[i]] = static_cast<std::uint32_t>(i);
  for (const Tree3& tree : trees_) {
    for (int i = 0; i < 7; ++i) {
      if (tree.threshold[i] > 0) {
        distinct[place_[tree.feature[i]]].insert(static_cast<std::uint16_t>(tree.threshold[i]));
      }
    }
  }
  for (const auto& thresholds : distinct) {
    first_.push_back(static_cast<std::uint32_t>(thresholds_.size()));
    thresholds_.insert(thresholds_.end(), thresholds.begin(), thresholds.end());
  }
  first_.push_back(static_cast<std::uint32_t>(thresholds_.size()));
  for (const Tree3& tree : trees_) {
    Rank& rank = ranks_.emplace_back();
    for (int i = 0; i < 7; ++i) {
      const std::uint32_t place = place_[tree.feature[i]];
      const auto begin = thresholds_.begin() + first_[place];
      const auto end = thresholds_.begin() + first_[place + 1];
      rank.of[i] = static_cast<std::uint16_t>(std::lower_bound(begin, end, tree.threshold[i]) - begin);
    }
  }
}

SumBounds ClassifierBounds::over(const BoxView& box) const {
  SumBounds sum{bias_, bias_};
  for (const Tree3& tree : trees_) {
    const Turns turns = turns_of(tree, box);
    unsigned leaves = leaves_of(turns);
    std::int32_t upper = INT16_MIN;
    std::int32_t lower = INT16_MAX;
    for (; leaves != 0; leaves &= leaves - 1) {
      const std::int32_t leaf = tree.leaves[__builtin_ctz(leaves)];
      upper = std::max(upper, leaf);
      lower = std::min(lower, leaf);
    }
    sum.upper += upper;
    sum.lower += lower;
  }
  return sum;
}

void ClassifierBounds::cuts(const BoxView& box, std::vector<Cut>& cuts, std::vector<std::int32_t>& scratch) const {
  const std::size_t n = thresholds_.size() + used_.size();  // one more a feature: where the last range ends
  scratch.assign(2 * n, 0);
  const Parts all{scratch.data(), scratch.data() + n};
  std::int32_t whole = bias_;
  for (std::size_t t = 0; t < trees_.size(); ++t) {
    const Tree3& tree = trees_[t];
    const Turns turns = turns_of(tree, box);
    const unsigned reachable = leaves_of(turns);
    const std::int32_t upper = upper_of(tree, reachable);
    whole += upper;
    if ((reachable & (reachable - 1)) == 0) continue;
    unsigned open = turns.left & turns.right;  // nodes with their threshold inside the box
    while (open != 0) {
      const unsigned same = on_one_feature(tree, open);
      const std::uint32_t place = place_[tree.feature[__builtin_ctz(open)]];
      const std::size_t base = first_[place] + place;
      const auto end = static_cast<std::int32_t>(first_[place + 1] - first_[place]);
      add_tree(tree, ranks_[t].of, turns, upper, same, end, {all.left + base, all.right + base});
      open &= ~same;
    }
  }

  cuts.clear();
  for (std::size_t place = 0; place < used_.size(); ++place) {
    const std::uint32_t feature = used_[place];
    std::int32_t left_upper = whole;
    std::int32_t right_upper = whole;
    for (std::uint32_t i = first_[place]; i < first_[place + 1]; ++i) {
      left_upper += all.left[i + place];
      right_upper += all.right[i + place];
      const std::uint16_t threshold = thresholds_[i];
      if (threshold > box.lo[feature] && threshold < box.hi[feature]) {
        cuts.push_back({feature, threshold, left_upper, right_upper});
      }
    }
  }
}

}  // namespace shac
