// Damaged classifiers: each is refused with Error(kInvalidClassifier), or evaluates to an end without reading out of
// bounds (which ASan checks: rows have exactly features() codes).
#include <optional>

#include "test/xgboost/ubjson_writer.h"

namespace shac::test {
namespace {

std::optional<Model> read_or_refuse(std::span<const std::uint8_t> bytes) {
  try {
    return read_model(bytes);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidClassifier) << error.what();
    return std::nullopt;
  }
}

void evaluate(Model model, Random& random) {
  const Forest forest(std::move(model));
  std::vector<std::uint16_t> row(forest.features());
  for (int i = 0; i < 4; ++i) {
    for (auto& code : row) code = static_cast<std::uint16_t>(i == 0 ? 0 : i == 1 ? 0xffff : random.bits());
    const bool positive = forest.margin(row.data()) > 0;
    EXPECT_EQ(forest.accepts(row.data()), positive);
  }
}

Bytes trained(std::size_t points, std::size_t columns, int rounds, int depth) {
  Random random(points);
  const std::vector<std::uint32_t> levels(columns, 32768);
  TrainRequest request = random_rows(random, points, levels);
  label_by_distance(request, levels);
  request.params.rounds = rounds;
  request.params.max_depth = depth;
  return train(request, {}).model;
}

TEST(ModelFuzz, EveryTruncationIsRefused) {
  for (const Bytes& model : {trained(30, 3, 4, 3), encode({})}) {
    ASSERT_TRUE(read_or_refuse(model));
    for (std::size_t length = 0; length < model.size(); ++length) {
      // A copy of exactly that size, so that ASan sees a read of one byte too many.
      const Bytes cut(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(length));
      ASSERT_FALSE(read_or_refuse(cut)) << "truncated to " << length << " of " << model.size() << " bytes";
    }
    Bytes longer = model;
    longer.push_back('N');
    EXPECT_FALSE(read_or_refuse(longer));
  }
}

TEST(ModelFuzz, FlippedInsertedRemovedAndSplicedBytes) {
  Random random(2);
  int parsed = 0;
  int refused = 0;
  for (const Bytes& model : {trained(30, 3, 3, 3), trained(60, 8, 5, 6), encode({})}) {
    for (int round = 0; round < 4000; ++round) {
      Bytes bytes = model;
      for (std::uint64_t damage = random.between(1, 2); damage > 0; --damage) {
        const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(random.below(bytes.size()));
        const auto other = static_cast<std::size_t>(random.below(bytes.size()));
        switch (random.below(5)) {
          case 0:
            *at = static_cast<std::uint8_t>(*at ^ (1u << random.below(8)));
            break;
          case 1:
            *at = static_cast<std::uint8_t>(random.bits());
            break;
          case 2:
            bytes.insert(at, static_cast<std::uint8_t>(random.bits()));
            break;
          case 3:
            bytes.erase(at);
            break;
          default:  // a run of bytes from elsewhere: numbers and markers in the wrong place
            for (std::size_t i = 0;
                 i < 8 && at + static_cast<std::ptrdiff_t>(i) < bytes.end() && other + i < bytes.size(); ++i) {
              at[static_cast<std::ptrdiff_t>(i)] = bytes[other + i];
            }
        }
      }
      if (std::optional<Model> damaged = read_or_refuse(bytes)) {
        evaluate(std::move(*damaged), random);
        ++parsed;
      } else {
        ++refused;
      }
    }
  }
  EXPECT_GT(parsed, 1000);
  EXPECT_GT(refused, 1000);
}

// Whether a walk from the root cannot leave the arrays or go round: an independent, recursive definition.
bool is_tree(const TreeArrays& t, double node, std::vector<bool>& seen) {
  if (!(node >= 0 && node < static_cast<double>(t.left.size()))) return false;
  const auto i = static_cast<std::size_t>(node);
  if (seen[i]) return false;
  seen[i] = true;
  return t.left[i] < 0 || (is_tree(t, t.left[i], seen) && is_tree(t, t.right[i], seen));
}

TEST(ModelFuzz, RandomChildren) {
  Random random(4);
  int parsed = 0;
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::size_t size = random.between(1, 7);
    TreeArrays tree;
    for (std::size_t i = 0; i < size; ++i) {
      const bool is_leaf = random.below(2) == 0;
      // Mostly later nodes, so that many are trees; sometimes any, also one past the end.
      const auto child = [&] {
        const std::uint64_t any = random.below(size + 1);
        return static_cast<double>(random.below(4) == 0 ? any
                                                        : std::min<std::uint64_t>(i + random.between(1, 3), size));
      };
      tree.left.push_back(is_leaf ? -1 : child());
      tree.right.push_back(is_leaf ? -1 : child());
      tree.feature.push_back(static_cast<double>(random.below(4)));
      tree.condition.push_back(static_cast<double>(random.below(65536)) - 32768);
    }
    ModelFields fields;
    fields.trees = {tree, tree};
    if (std::optional<Model> model = read_or_refuse(encode(fields))) {
      std::vector<bool> seen(size);
      ASSERT_TRUE(is_tree(tree, 0, seen));
      evaluate(std::move(*model), random);
      ++parsed;
    } else {
      ++refused;
    }
  }
  EXPECT_GT(parsed, 2000);
  EXPECT_GT(refused, 2000);
}

TEST(ModelFuzz, AVeryDeepTreeIsEvaluatedWithoutRecursion) {
  // A chain: node 2i is a split, 2i + 1 its leaf on the left, 2i + 2 its child on the right.
  constexpr int kDepth = 100'000;
  Tree chain;
  for (int i = 0; i < kDepth; ++i) {
    chain.push_back({i % 4, 1, 2 * i + 1, 2 * i + 2, 0});
    chain.push_back({-1, 0, 0, 0, -1.0f});
  }
  chain.push_back({-1, 0, 0, 0, 1.0f});
  ModelFields fields;
  fields.trees = {arrays_of(chain), arrays_of(chain)};
  const Forest forest(read_model(encode(fields)));
  EXPECT_EQ(forest.merged_trees(), 1u);
  std::vector<std::uint16_t> row{1, 1, 1, 1};
  EXPECT_TRUE(forest.accepts(row.data()));
  row[3] = 0;
  EXPECT_FALSE(forest.accepts(row.data()));
}

}  // namespace
}  // namespace shac::test
