// Which coordinates are active, in rows and in blocks of them.
#include "core/cascade/conditions.h"

#include "core/cascade/cascade.h"
#include "core/cascade/kernel.h"
#include "test/conditions.h"

namespace shac::test {
namespace {

TEST(Conditions, SettleRowsAndBlocksOfThemAlike) {
  Random random(1);
  for (const CodeSpace& space : {tree_space(), switches(3)}) {
    const std::size_t d = space.dimensions();
    std::vector<std::int16_t> codes(d * kBlock);
    std::vector<std::vector<std::uint16_t>> rows(kBlock, std::vector<std::uint16_t>(d));
    for (std::size_t lane = 0; lane < kBlock; ++lane) {
      for (std::size_t j = 0; j < d; ++j) {
        const std::uint32_t plain = lane == 0 ? space.levels[j] - 1 : random.below(space.levels[j]);
        rows[lane][j] = static_cast<std::uint16_t>(plain);
        codes[j * kBlock + lane] = static_cast<std::int16_t>(plain);
      }
    }
    space.conditions.settle(space.conditions.order(), codes.data(), 200);
    for (std::size_t lane = 0; lane < 200; ++lane) {
      std::vector<std::uint16_t> expected = rows[lane];
      deactivate(space, expected);
      space.conditions.settle(rows[lane].data());
      EXPECT_EQ(rows[lane], expected);
      for (std::size_t j = 0; j < d; ++j) {
        ASSERT_EQ(codes[j * kBlock + lane], expected[j]) << "coordinate " << j;
        ASSERT_LT(expected[j], space.end(j));
      }
    }
  }
}

TEST(Conditions, KnowWhatDependsOnWhat) {
  const Conditions conditions = tree_space().conditions;
  const auto order = conditions.order();
  EXPECT_EQ(order.size(), 7u);
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (const Condition& one : conditions.of(order[i])) {
      const auto before = order.first(i);
      EXPECT_TRUE(!conditions.on(one.parent()) ||
                  std::find(before.begin(), before.end(), one.parent()) != before.end());
    }
  }
  const auto of_kind = conditions.dependants(1);
  EXPECT_EQ(std::set(of_kind.begin(), of_kind.end()), (std::set<std::uint32_t>{0, 2, 3, 4, 5, 6, 7}));
  const auto of_depth = conditions.dependants(3);
  EXPECT_EQ(std::set(of_depth.begin(), of_depth.end()), (std::set<std::uint32_t>{4, 5}));
  EXPECT_EQ(conditions.with_parents({7}), (std::vector<std::uint32_t>{1, 6, 7, 9}));
  EXPECT_TRUE(Conditions().none());
}

std::string refusal(CodeSpace space) {
  return error_of(ErrorCode::kInvalidArgument, [&] { Cascade cascade(std::move(space)); });
}

CodeSpace with_conditions(std::vector<std::vector<Condition>> lists) {
  CodeSpace space = plain_space(std::vector<std::uint32_t>(lists.size(), 4));
  space.conditions = Conditions(std::move(lists));
  return space;
}

TEST(Conditions, AreRefusedWhereTheyMakeNoSense) {
  const auto error = [](const std::vector<std::vector<Condition>>& lists) {
    return error_of(ErrorCode::kInvalidArgument, [&] { Conditions conditions(lists); });
  };
  EXPECT_NE(error({{when(0, 4, 1, 1)}}).find("depends on itself"), std::string::npos);
  EXPECT_NE(error({{when(1, 5, 1, 1)}, {when(2, 5, 1, 1)}, {when(0, 5, 1, 1)}}).find("itself"), std::string::npos);
  EXPECT_NE(error({{}, {when(2, 4, 1, 1)}}).find("coordinate 2 of 2"), std::string::npos);
  EXPECT_NE(refusal(with_conditions({{}, {when(0, 3, 1, 1)}})).find("the 4 codes"), std::string::npos);
  EXPECT_NE(refusal(with_conditions({{}, {when(0, 4, 1, 1)}, {when(1, 4, 1, 1)}})).find("the 5 codes"),
            std::string::npos);
  EXPECT_NE(refusal(with_conditions({{}, {when(0, 4, 1, 1)}, {when(1, 5, 0, 1)}})).find("inactive"), std::string::npos);
  CodeSpace shorter = plain_space({4, 4, 4});
  shorter.conditions = Conditions({{}, {when(0, 4, 1, 1)}});
  EXPECT_NE(refusal(shorter).find("differ in length"), std::string::npos);
}

}  // namespace
}  // namespace shac::test
