// Sums near zero, where the double sum over merged trees and XGBoost's float32 sum in tree order may differ in sign:
// there the Forest must replay XGBoost's.
#include "core/cascade/forest.h"
#include "core/xgboost/xgb.h"
#include "test/support.h"

namespace shac::test {
namespace {

// Both sums, computed plainly from the model, and the bound that decides which of them counts.
struct Sums {
  float sequential = 0;
  double exact = 0;
  double bound = 0;
  bool grey() const { return std::abs(exact) <= bound; }
  bool disagree() const { return (exact > 0) != (sequential > 0); }
};

Sums sums_of(const Model& model, const std::uint16_t* row) {
  Sums sums;
  for (const Tree& tree : model.trees) {
    double largest = 0;
    for (const Node& node : tree) largest = std::max(largest, node.feature < 0 ? std::abs(double{node.leaf}) : 0.0);
    std::size_t at = 0;
    while (tree[at].feature >= 0) {
      at = static_cast<std::size_t>(row[tree[at].feature] < tree[at].threshold ? tree[at].left : tree[at].right);
    }
    sums.sequential += tree[at].leaf;
    sums.exact += tree[at].leaf;
    sums.bound += largest * 0x1p-24 * static_cast<double>(model.trees.size());
  }
  return sums;
}

struct Tally {
  int grey = 0;
  int disagree = 0;
};

// Checks the decision on `row` and counts what kind of row it was.
void check(const Model& model, const Forest& forest, const std::uint16_t* row, Tally& tally) {
  const Sums sums = sums_of(model, row);
  ASSERT_EQ(forest.margin(row), sums.sequential);
  ASSERT_EQ(forest.accepts(row), sums.sequential > 0)
      << "exact sum " << sums.exact << ", float sum " << sums.sequential;
  ASSERT_LE(std::abs(sums.exact - sums.sequential), sums.bound * 1.01);
  tally.grey += sums.grey() ? 1 : 0;
  tally.disagree += sums.disagree() ? 1 : 0;
}

// Trees that add up to `leaves` on every row: single leaves, one stump merged again and again, or stumps that never
// merge.
enum class Shape { kLeaves, kOneStump, kManyStumps };

Model model_of(const std::vector<float>& leaves, Shape shape) {
  Model model{1, {}};
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (shape == Shape::kLeaves) model.trees.push_back(leaf(leaves[i]));
    if (shape == Shape::kOneStump) model.trees.push_back(stump(0, 5, leaves[i], leaves[i]));
    if (shape == Shape::kManyStumps) {
      model.trees.push_back(stump(0, static_cast<std::int32_t>(i) + 1, leaves[i], leaves[i]));
    }
  }
  return model;
}

TEST(ForestRounding, FollowsTheFloatSumWhereTheExactSumHasTheOtherSign) {
  // 1 + 2^-25 is 1 in float32, so the small leaves vanish: the exact sum is above zero, XGBoost's is zero.
  std::vector<float> vanishing(100, 0x1p-25f);
  vanishing.insert(vanishing.begin(), 1.0f);
  vanishing.push_back(-1.0f);
  // The reverse: the small negative leaves vanish, and the last leaf leaves 2^-24 above zero.
  std::vector<float> surviving(100, -0x1p-26f);
  surviving.insert(surviving.begin(), 1.0f);
  surviving.push_back(-1.0f + 0x1p-24f);
  for (const Shape shape : {Shape::kLeaves, Shape::kOneStump, Shape::kManyStumps}) {
    const std::uint16_t row[] = {7};
    const Sums zero = sums_of(model_of(vanishing, shape), row);
    ASSERT_GT(zero.exact, 0);
    ASSERT_EQ(zero.sequential, 0);
    EXPECT_FALSE(Forest(model_of(vanishing, shape)).accepts(row));
    const Sums above = sums_of(model_of(surviving, shape), row);
    ASSERT_LT(above.exact, 0);
    ASSERT_GT(above.sequential, 0);
    EXPECT_TRUE(Forest(model_of(surviving, shape)).accepts(row));
  }
}

TEST(ForestRounding, RandomModelsWhoseLeavesCancel) {
  Random random(6);
  Tally tally;
  for (int round = 0; round < 1000; ++round) {
    constexpr std::size_t kColumns = 3;
    Model model{kColumns, {}};
    const int trees = static_cast<int>(random.between(2, 200));
    // Multiples of 0.1 in float32: their sums are often zero but for rounding.
    const auto value = [&] { return static_cast<float>(static_cast<double>(random.below(7)) * 0.1 - 0.3); };
    for (int t = 0; t < trees; ++t) {
      const auto feature = static_cast<std::int32_t>(random.below(kColumns));
      if (random.below(5) == 0) {
        model.trees.push_back(leaf(value()));
      } else {
        model.trees.push_back(stump(feature, static_cast<std::int32_t>(random.below(4)), value(), value()));
      }
    }
    const Forest forest(model);
    for (int i = 0; i < 27; ++i) {
      const std::uint16_t row[] = {static_cast<std::uint16_t>(i % 3), static_cast<std::uint16_t>(i / 3 % 3),
                                   static_cast<std::uint16_t>(i / 9)};
      check(model, forest, row, tally);
      if (HasFatalFailure()) return;
    }
  }
  // Without these counts the test would not show that the grey zone was entered, nor that it matters.
  EXPECT_GT(tally.grey, 100);
  EXPECT_GT(tally.disagree, 50);
}

// Real training on balanced designs: every combination of a few levels, repeated, with labels that cancel.
TEST(ForestRounding, SymmetricDataSets) {
  Random random(12);
  Tally tally;
  std::size_t compared = 0;
  for (int round = 0; round < 150; ++round) {
    const std::size_t columns = random.between(2, 4);
    const std::uint32_t levels = random.pick({2u, 2u, 3u});
    const std::size_t repeats = random.between(1, 4);
    std::size_t combinations = 1;
    for (std::size_t j = 0; j < columns; ++j) combinations *= levels;
    TrainRequest request;
    request.columns = columns;
    for (std::size_t c = 0; c < combinations; ++c) {
      std::vector<std::uint16_t> row;
      unsigned sum = 0;
      for (std::size_t rest = c; row.size() < columns; rest /= levels) {
        row.push_back(static_cast<std::uint16_t>(rest % levels));
        sum += row.back();
      }
      for (std::size_t r = 0; r < repeats; ++r) {
        request.codes.insert(request.codes.end(), row.begin(), row.end());
        // XOR of the coordinates; in every third design contradicted by half of the repetitions.
        request.labels.push_back(static_cast<std::uint8_t>((sum + (round % 3 == 0 ? r : 0)) % 2));
      }
    }
    request.rows = request.labels.size();
    request.params.rounds = static_cast<int>(random.between(1, 200));
    request.params.max_depth = static_cast<int>(random.between(1, 5));
    request.params.min_child_weight = random.pick({0.0, 1.0});
    request.params.subsample = random.pick({0.5, 1.0});
    const Bytes bytes = train(request, {}).model;
    const Model model = read_model(bytes);
    const Forest forest(model);
    xgb::Booster booster;
    booster.load_ubjson(bytes);
    booster.set("nthread", "1");
    const std::vector<float> margins = booster.margins(xgb::Matrix(request.codes, request.rows, columns));
    for (std::size_t i = 0; i < request.rows; ++i, ++compared) {
      const std::uint16_t* row = request.codes.data() + i * columns;
      ASSERT_EQ(forest.accepts(row), margins[i] > 0);
      ASSERT_EQ(forest.margin(row), margins[i]);
      check(model, forest, row, tally);
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(tally.grey, 100) << "of " << compared << " rows";
  RecordProperty("rows", static_cast<int>(compared));
  RecordProperty("grey", tally.grey);
  RecordProperty("disagree", tally.disagree);
}

}  // namespace
}  // namespace shac::test
