// A Forest decides what XGBoost decides, compared with XGBoost itself.
#include "core/cascade/forest.h"

#include <bit>

#include "core/xgboost/xgb.h"
#include "test/support.h"

namespace shac::test {
namespace {

std::vector<float> xgboost_margins(const Bytes& model, const std::vector<std::uint16_t>& codes, std::size_t columns) {
  xgb::Booster booster;
  booster.load_ubjson(model);
  booster.set("nthread", "1");
  return booster.margins(xgb::Matrix(codes, codes.size() / columns, columns));
}

// A half of the rows anywhere in the space, the others next to training rows: that is where thresholds are.
std::vector<std::uint16_t> rows_for(Random& random, const TrainRequest& request,
                                    const std::vector<std::uint32_t>& levels, std::size_t rows) {
  std::vector<std::uint16_t> codes;
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t near = random.below(request.rows);
    for (std::size_t j = 0; j < request.columns; ++j) {
      std::int64_t code = static_cast<std::int64_t>(random.below(levels[j]));
      if (i % 2 == 0) {
        code = request.codes[near * request.columns + j] + static_cast<std::int64_t>(random.below(3)) - 1;
        code = std::clamp<std::int64_t>(code, 0, levels[j] - 1);
      }
      codes.push_back(static_cast<std::uint16_t>(code));
    }
  }
  return codes;
}

struct Config {
  std::size_t rows, columns;
  int depth, rounds;
};

TEST(Forest, DecidesAsXGBoostDoes) {
  Random random(2024);
  std::vector<Config> configs{{4, 1, 1, 1}, {200, 100, 8, 200}, {4, 100, 8, 200}, {200, 1, 8, 200}, {200, 6, 3, 200}};
  while (configs.size() < 72) {
    configs.push_back({random.between(4, 200), random.between(1, random.below(3) == 0 ? 100 : 12),
                       static_cast<int>(random.between(1, 8)), static_cast<int>(random.between(1, 200))});
  }
  std::size_t compared = 0;
  std::size_t accepted = 0;
  for (const Config& config : configs) {
    std::vector<std::uint32_t> levels(config.columns);
    for (auto& level : levels) level = random.pick({2u, 3u, 10u, 1000u, 32768u, 32768u});
    TrainRequest request = random_rows(random, config.rows, levels);
    label_by_distance(request, levels);
    for (auto& label : request.labels) {
      if (random.below(10) == 0) label ^= 1;  // noise makes deep trees
    }
    request.params = {.rounds = config.rounds,
                      .max_depth = config.depth,
                      .eta = random.pick({0.05, 0.1, 0.3, 1.0}),
                      .lambda = random.pick({0.0, 1.0, 5.0}),
                      .min_child_weight = random.pick({0.0, 1.0}),
                      .subsample = random.pick({0.6, 1.0, 1.0}),
                      .seed = static_cast<std::uint32_t>(random.below(1000))};
    const Bytes bytes = train(request, {}).model;
    const Forest forest(read_model(bytes));
    const std::vector<std::uint16_t> codes = rows_for(random, request, levels, 2000);
    const std::vector<float> margins = xgboost_margins(bytes, codes, config.columns);
    ASSERT_EQ(margins.size(), 2000u);
    for (std::size_t i = 0; i < margins.size(); ++i) {
      const std::uint16_t* row = codes.data() + i * config.columns;
      // Adding +0 makes -0 into +0; all other floats are compared bit by bit.
      ASSERT_EQ(std::bit_cast<std::uint32_t>(forest.margin(row) + 0.0f),
                std::bit_cast<std::uint32_t>(margins[i] + 0.0f))
          << config.rows << " rows, " << config.columns << " columns, depth " << config.depth << ", row " << i;
      ASSERT_EQ(forest.accepts(row), margins[i] > 0);
      accepted += margins[i] > 0 ? 1 : 0;
    }
    compared += margins.size();
  }
  EXPECT_GE(compared, 100'000u);
  EXPECT_GT(accepted, compared / 5);
  EXPECT_LT(accepted, compared * 4 / 5);
}

TEST(Forest, FewRowsMergeIntoFewTrees) {
  Random random(8);
  const std::vector<std::uint32_t> levels(6, 32768);
  TrainRequest request = random_rows(random, 20, levels);
  label_by_distance(request, levels);
  const Forest forest(read_model(train(request, {}).model));
  EXPECT_EQ(forest.trees(), 200u);
  EXPECT_LE(forest.merged_trees(), 40u) << "merging is what makes sampling fast";
  EXPECT_GE(forest.merged_trees(), 1u);
}

TEST(Forest, MergesOnlyTreesOfTheSameShape) {
  // The same splits with the children's subtrees mirrored, or one threshold apart, are other trees.
  const Tree left_deep{
      {0, 10, 1, 2, 0}, {1, 5, 3, 4, 0}, {-1, 0, 0, 0, 1.0f}, {-1, 0, 0, 0, 2.0f}, {-1, 0, 0, 0, 4.0f}};
  const Tree right_deep{
      {0, 10, 1, 2, 0}, {-1, 0, 0, 0, 8.0f}, {1, 5, 3, 4, 0}, {-1, 0, 0, 0, 16.0f}, {-1, 0, 0, 0, 32.0f}};
  // The same tree as left_deep with its nodes stored in another order.
  const Tree reordered{
      {0, 10, 2, 1, 0}, {-1, 0, 0, 0, 64.0f}, {1, 5, 4, 3, 0}, {-1, 0, 0, 0, 256.0f}, {-1, 0, 0, 0, 128.0f}};
  const Model model{2, {left_deep, right_deep, reordered, stump(0, 11, -300.0f, 0.0f), leaf(-100.0f)}};
  const Forest forest(model);
  EXPECT_EQ(forest.merged_trees(), 3u);
  for (const std::uint16_t a : {9, 10, 11}) {
    for (const std::uint16_t b : {4, 5}) {
      const std::uint16_t row[] = {a, b};
      const bool left = a < 10;
      const bool low = b < 5;
      const float expected = (left ? (low ? 2.0f + 8 + 128 : 4.0f + 8 + 256) : 1.0f + 64 + (low ? 16 : 32)) +
                             (a < 11 ? -300.0f : 0.0f) - 100;
      EXPECT_EQ(forest.margin(row), expected);
      EXPECT_EQ(forest.accepts(row), expected > 0);
    }
  }
}

}  // namespace
}  // namespace shac::test
