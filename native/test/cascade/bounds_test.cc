#include "core/cascade/bounds.h"

#include <set>

#include "test/support.h"

namespace shac::test {
namespace {

struct Box {
  std::vector<std::uint16_t> lo, hi;
  BoxView view() const { return {lo.data(), hi.data()}; }
};

// Sides at thresholds, next to them, or anywhere.
Box random_box(Random& random, const Forest& forest, const std::vector<std::uint32_t>& levels) {
  Box box;
  for (std::size_t j = 0; j < levels.size(); ++j) {
    std::vector<std::uint32_t> sides{0, levels[j], static_cast<std::uint32_t>(random.between(0, levels[j]))};
    for (const Forest::Node& node : forest.nodes()) {
      if (node.feature != static_cast<std::int32_t>(j)) continue;
      const auto side =
          static_cast<std::int32_t>(node.threshold + static_cast<std::int32_t>(random.below(4) == 0 ? 1 : 0));
      sides.push_back(
          static_cast<std::uint32_t>(std::clamp<std::int32_t>(side, 0, static_cast<std::int32_t>(levels[j]))));
    }
    std::uint32_t a = 0, b = levels[j];
    if (random.below(3) != 0) a = sides[random.below(sides.size())], b = sides[random.below(sides.size())];
    if (a > b) std::swap(a, b);
    if (a == b) a > 0 ? --a : ++b;
    box.lo.push_back(static_cast<std::uint16_t>(a));
    box.hi.push_back(static_cast<std::uint16_t>(b));
  }
  return box;
}

std::int32_t sum_of(const Forest& forest, const std::vector<Tree3>& trees, const std::uint16_t* row) {
  std::int32_t sum = forest.view().bias;
  for (const Tree3& tree : trees) sum += leaf_of(tree, row);
  return sum;
}

TEST(Bounds, HoldForEveryRowAndAreTightForEachTree) {
  Random random(7);
  std::size_t exact = 0, boxes = 0;
  for (int round = 0; round < 60; ++round) {
    std::vector<std::uint32_t> levels(random.between(1, 3));
    for (auto& level : levels) level = static_cast<std::uint32_t>(random.between(2, 11));
    const Forest forest =
        noisy_forest(random, random.between(8, 60), levels, static_cast<int>(random.between(1, 3)), 20);
    ASSERT_TRUE(forest.has_kernel());
    const ClassifierBounds bounds(forest);
    const std::vector<Tree3> trees = forest.perfect_trees();
    for (int b = 0; b < 10; ++b, ++boxes) {
      const Box box = random_box(random, forest, levels);
      std::vector<std::int32_t> most(trees.size(), INT16_MIN), least(trees.size(), INT16_MAX);
      std::int32_t upper = INT32_MIN, lower = INT32_MAX;
      std::vector<std::uint16_t> row = box.lo;
      for (bool more = true; more;) {
        for (std::size_t t = 0; t < trees.size(); ++t) {
          most[t] = std::max(most[t], leaf_of(trees[t], row.data()));
          least[t] = std::min(least[t], leaf_of(trees[t], row.data()));
        }
        const std::int32_t sum = sum_of(forest, trees, row.data());
        upper = std::max(upper, sum);
        lower = std::min(lower, sum);
        more = false;
        for (std::size_t j = 0; j < row.size() && !more; ++j) {
          more = ++row[j] < box.hi[j];
          if (!more) row[j] = box.lo[j];
        }
      }
      const SumBounds got = bounds.over(box.view());
      ASSERT_GE(got.upper, upper);
      ASSERT_LE(got.lower, lower);
      SumBounds by_tree{forest.view().bias, forest.view().bias};
      for (std::size_t t = 0; t < trees.size(); ++t) by_tree.upper += most[t], by_tree.lower += least[t];
      ASSERT_EQ(got.upper, by_tree.upper);
      ASSERT_EQ(got.lower, by_tree.lower);
      exact += got.upper == upper ? 1 : 0;
    }
  }
  EXPECT_GT(exact, boxes / 2) << "of " << boxes << " upper bounds are attained";
}

TEST(Bounds, HoldForRandomRowsOfLargeSpaces) {
  Random random(8);
  for (int round = 0; round < 25; ++round) {
    const std::vector<std::uint32_t> levels = mixed_levels(random, random.between(1, 20));
    const Forest forest =
        noisy_forest(random, random.between(10, 100), levels, static_cast<int>(random.between(1, 3)), 100);
    const ClassifierBounds bounds(forest);
    const std::vector<Tree3> trees = forest.perfect_trees();
    for (int b = 0; b < 20; ++b) {
      const Box box = random_box(random, forest, levels);
      const SumBounds got = bounds.over(box.view());
      for (int i = 0; i < 50; ++i) {
        std::vector<std::uint16_t> row;
        for (std::size_t j = 0; j < levels.size(); ++j) {
          row.push_back(static_cast<std::uint16_t>(random.between(box.lo[j], box.hi[j] - 1u)));
        }
        const std::int32_t sum = sum_of(forest, trees, row.data());
        ASSERT_LE(sum, got.upper);
        ASSERT_GE(sum, got.lower);
        if (got.upper < -bounds.grey()) {
          ASSERT_FALSE(forest.accepts(row.data()));
        }
        if (got.lower > bounds.grey()) {
          ASSERT_TRUE(forest.accepts(row.data()));
        }
      }
    }
  }
}

TEST(Bounds, CutsHaveTheBoundsOfBothParts) {
  Random random(9);
  std::vector<ClassifierBounds::Cut> cuts;
  std::vector<std::int32_t> scratch;
  std::size_t compared = 0;
  for (int round = 0; round < 80; ++round) {
    const std::vector<std::uint32_t> levels = mixed_levels(random, random.between(1, round % 4 == 0 ? 30 : 4));
    const Forest forest =
        noisy_forest(random, random.between(6, 100), levels, static_cast<int>(random.between(1, 3)), 60);
    ASSERT_TRUE(forest.has_kernel());
    const ClassifierBounds bounds(forest);
    for (int b = 0; b < 20; ++b) {
      Box box = random_box(random, forest, levels);
      std::set<std::pair<std::uint32_t, std::uint16_t>> expected, found;
      for (const Forest::Node& node : forest.nodes()) {
        if (node.feature < 0) continue;
        const auto f = static_cast<std::size_t>(node.feature);
        if (node.threshold > box.lo[f] && node.threshold < box.hi[f]) {
          expected.emplace(static_cast<std::uint32_t>(f), static_cast<std::uint16_t>(node.threshold));
        }
      }
      bounds.cuts(box.view(), cuts, scratch);
      for (const ClassifierBounds::Cut& cut : cuts) {
        found.emplace(cut.feature, cut.threshold);
        const std::uint16_t lo = box.lo[cut.feature];
        const std::uint16_t hi = box.hi[cut.feature];
        box.hi[cut.feature] = cut.threshold;
        ASSERT_EQ(cut.left_upper, bounds.over(box.view()).upper);
        box.hi[cut.feature] = hi;
        box.lo[cut.feature] = cut.threshold;
        ASSERT_EQ(cut.right_upper, bounds.over(box.view()).upper);
        box.lo[cut.feature] = lo;
        ++compared;
      }
      ASSERT_EQ(found, expected);
      ASSERT_EQ(cuts.size(), expected.size());
    }
  }
  EXPECT_GT(compared, 10'000u);
  RecordProperty("cuts", std::to_string(compared));
}

}  // namespace
}  // namespace shac::test
