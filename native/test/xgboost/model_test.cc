#include "core/xgboost/model.h"

#include <limits>

#include "test/xgboost/ubjson_writer.h"

namespace shac::test {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string refusal(const ModelFields& fields) {
  return error_of(ErrorCode::kInvalidClassifier, [&] { read_model(encode(fields)); });
}

// root -> (1, 2), 1 -> (3, 4)
TreeArrays five_nodes() { return {{1, 3, -1, -1, -1}, {2, 4, -1, -1, -1}, {0, 3, 0, 0, 0}, {10.5, 20, 0.1, 0.2, 0.3}}; }

ModelFields with_tree(TreeArrays tree) {
  ModelFields fields;
  fields.trees = {std::move(tree)};
  return fields;
}

TEST(Model, ReadsWhatWasWritten) {
  const Model model = read_model(encode(with_tree(five_nodes())));
  EXPECT_EQ(model.features, 4u);
  ASSERT_EQ(model.trees.size(), 1u);
  const Tree& tree = model.trees[0];
  ASSERT_EQ(tree.size(), 5u);
  EXPECT_EQ(tree[0].feature, 0);
  EXPECT_EQ(tree[0].threshold, 11) << "code < 10.5 is code < 11";
  EXPECT_EQ(tree[0].left, 1);
  EXPECT_EQ(tree[0].right, 2);
  EXPECT_EQ(tree[1].feature, 3);
  EXPECT_EQ(tree[1].threshold, 20) << "code < 20 is itself";
  EXPECT_LT(tree[2].feature, 0);
  EXPECT_EQ(tree[4].leaf, 0.3f);
}

TEST(Model, ThresholdsSaturate) {
  const auto threshold = [](double condition) {
    TreeArrays tree = arrays_of(stump(0, 1, 1, -1));
    tree.condition[0] = condition;
    return read_model(encode(with_tree(tree))).trees[0][0].threshold;
  };
  EXPECT_EQ(threshold(-kInfinity), 0);
  EXPECT_EQ(threshold(-0.5), 0);
  EXPECT_EQ(threshold(0), 0);
  EXPECT_EQ(threshold(0x1p-100), 1);
  EXPECT_EQ(threshold(32767.5), 32768);
  EXPECT_GT(threshold(1e30), 65535);
  EXPECT_GT(threshold(kInfinity), 65535);
}

TEST(Model, ReadsATrainedModel) {
  Random random(1);
  const std::vector<std::uint32_t> levels{32768, 10, 2};
  TrainRequest request = random_rows(random, 60, levels);
  label_by_distance(request, levels);
  request.params.rounds = 37;
  request.params.max_depth = 4;
  const Model model = read_model(train(request, {}).model);
  EXPECT_EQ(model.features, 3u);
  EXPECT_EQ(model.trees.size(), 37u);
  EXPECT_GT(model.trees[0].size(), 1u);
  // Its decisions are compared with XGBoost's in forest_test.cc. Written again by hand, it reads the same.
  ModelFields fields;
  fields.num_feature = "3";
  fields.trees.clear();
  for (const Tree& tree : model.trees) fields.trees.push_back(arrays_of(tree));
  const Model again = read_model(encode(fields));
  ASSERT_EQ(again.trees.size(), model.trees.size());
  for (std::size_t t = 0; t < model.trees.size(); ++t) {
    ASSERT_EQ(again.trees[t].size(), model.trees[t].size());
    for (std::size_t i = 0; i < model.trees[t].size(); ++i) {
      const Node &a = again.trees[t][i], &b = model.trees[t][i];
      ASSERT_EQ(std::tie(a.feature, a.threshold, a.left, a.right, a.leaf),
                std::tie(b.feature, b.threshold, b.left, b.right, b.leaf));
    }
  }
}

TEST(Model, RefusesCategoricalSplits) {
  TreeArrays tree = five_nodes();
  tree.type = {0, 1, 0, 0, 0};
  EXPECT_NE(refusal(with_tree(tree)).find("categorical"), std::string::npos);
  tree.type = {0, 0, 0, 0};
  EXPECT_NE(refusal(with_tree(tree)).find("differ in length"), std::string::npos);
}

TEST(Model, RefusesOtherKindsOfModel) {
  const auto refused = [](auto change, std::string_view reason) {
    ModelFields fields;
    change(fields);
    EXPECT_NE(refusal(fields).find(reason), std::string::npos) << reason;
  };
  EXPECT_NO_THROW(read_model(encode({})));
  refused([](auto& f) { f.objective = "reg:squarederror"; }, "objective is 'reg:squarederror'");
  refused([](auto& f) { f.booster = "dart"; }, "booster is 'dart'");
  for (const char* score : {"0", "6E-1", "nan", "", "x", "["}) {
    refused([&](auto& f) { f.base_score = score; },
            score[0] == 0 || score[0] == 'x' || score[0] == '[' ? "not a number" : "base_score");
  }
  for (const char* count : {"0", "-1", "1.5", "1E9", "nan", "inf"}) {
    refused([&](auto& f) { f.num_feature = count; }, "num_feature");
  }
}

TEST(Model, ReadsBaseScoreAsEveryVersionWritesIt) {
  for (const char* score : {"5E-1", "0.5", "5.0E-1", "[5E-1]"}) {
    ModelFields fields;
    fields.base_score = score;
    EXPECT_NO_THROW(read_model(encode(fields))) << score;
  }
}

TEST(Model, RefusesTreesThatAreNotTrees) {
  const auto refused = [](auto change, std::string_view reason) {
    TreeArrays tree = five_nodes();
    change(tree);
    EXPECT_NE(refusal(with_tree(tree)).find(reason), std::string::npos) << reason;
  };
  for (const double child : {0.0, 5.0, 1e9, 1e300, 0.5, 1.5, kInfinity, kNaN}) {
    refused([&](auto& t) { t.left[1] = child; }, "child");
    refused([&](auto& t) { t.right[1] = child; }, "child");
  }
  refused([](auto& t) { t.right[1] = -1; }, "child");
  refused([](auto& t) { t.left[1] = 1; }, "two parents");                  // itself
  refused([](auto& t) { t.right[1] = 2; }, "two parents");                 // its sibling
  refused([](auto& t) { t.right[1] = 3; }, "two parents");                 // the same child twice
  refused([](auto& t) { t.left[3] = 1, t.right[3] = 2; }, "two parents");  // a cycle 1 -> 3 -> 1
  for (const double feature : {-1.0, 4.0, 1e18, kNaN, kInfinity}) {
    refused([&](auto& t) { t.feature[0] = feature; }, "feature");
  }
  refused([](auto& t) { t.condition[0] = kNaN; }, "condition");
  for (const double value : {kNaN, kInfinity, -kInfinity, 1e300}) {
    refused([&](auto& t) { t.condition[2] = value; }, "leaf");
  }
  refused([](auto& t) { t.right.pop_back(); }, "length");
  refused([](auto& t) { t.feature.pop_back(); }, "length");
  refused([](auto& t) { t.condition.push_back(0); }, "length");
  refused([](auto& t) { t = {}; }, "no nodes");
}

TEST(Model, RefusesMissingAndMistypedMembers) {
  const auto message = [](std::string_view text) {
    return error_of(ErrorCode::kInvalidClassifier, [&] { read_model(Writer().raw(text).bytes()); });
  };
  EXPECT_NE(message("{}").find("'learner'"), std::string::npos);
  EXPECT_NE(message("T").find("'learner'"), std::string::npos);
  EXPECT_NE(message("{i\7learnerT}").find("'objective'"), std::string::npos);
  EXPECT_NE(message("{i\7learner{i\11objective{i\4nameT}}}").find("'name'"), std::string::npos);
  // Every member name of a good model matters: spoil them one by one.
  const Bytes good = encode({});
  for (const std::string_view name :
       {"learner", "objective", "name", "learner_model_param", "base_score", "num_feature", "gradient_booster", "model",
        "trees", "left_children", "right_children", "split_indices", "split_conditions"}) {
    Bytes bad = good;
    const Bytes wanted = Writer().key(name).bytes();
    const auto at = std::search(bad.begin(), bad.end(), wanted.begin(), wanted.end());
    ASSERT_NE(at, bad.end()) << name;
    at[8] = '?';  // after the length
    error_of(ErrorCode::kInvalidClassifier, [&] { read_model(bad); });
  }
}

TEST(Model, AModelWithoutTreesRejectsEverything) {
  ModelFields fields;
  fields.trees.clear();
  const Forest forest(read_model(encode(fields)));
  const std::vector<std::uint16_t> row(4);
  EXPECT_EQ(forest.trees(), 0u);
  EXPECT_EQ(forest.margin(row.data()), 0.0f);
  EXPECT_FALSE(forest.accepts(row.data()));
}

}  // namespace
}  // namespace shac::test
