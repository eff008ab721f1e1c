#include "core/cascade/cascade.h"

#include "test/support.h"

namespace shac::test {
namespace {

CodeSpace::Snap snap(std::vector<std::uint16_t> table) {
  return std::make_shared<const std::vector<std::uint16_t>>(std::move(table));
}

std::string refusal(CodeSpace space) {
  return error_of(ErrorCode::kInvalidArgument, [&] { Cascade{std::move(space)}; });
}

TEST(Cascade, RefusesBadSpaces) {
  EXPECT_NE(refusal({}).find("at least one"), std::string::npos);
  EXPECT_NE(refusal(plain_space({10, 0})).find("coordinate 1 has 0 levels"), std::string::npos);
  EXPECT_NE(refusal(plain_space({32769})).find("32769"), std::string::npos);
  EXPECT_NO_THROW(Cascade{plain_space({1, 32768})});
  CodeSpace space = plain_space({10, 10});
  space.snaps.pop_back();
  EXPECT_NE(refusal(space).find("differ in length"), std::string::npos);
  space.snaps.resize(3);
  EXPECT_NE(refusal(space).find("differ in length"), std::string::npos);
}

TEST(Cascade, RefusesBadSnapTables) {
  CodeSpace space = plain_space({8, 3});
  space.snaps[1] = snap({0, 0, 2});
  EXPECT_NO_THROW(Cascade{space});
  for (const std::vector<std::uint16_t>& table :
       std::vector<std::vector<std::uint16_t>>{{}, {0, 1}, {0, 1, 2, 2}, {0, 1, 3}, {0, 65535, 1}}) {
    space.snaps[1] = snap(table);
    EXPECT_NE(refusal(space).find("snap table of coordinate 1"), std::string::npos);
  }
}

TEST(Cascade, RefusesClassifiersOfAnotherSpace) {
  const Cascade cascade(plain_space({10, 10}));
  for (const std::size_t features : {1u, 3u}) {
    const std::string message =
        error_of(ErrorCode::kInvalidClassifier, [&] { (void)cascade.with(constant(features, 1.0f)); });
    EXPECT_NE(message.find(std::to_string(features) + " features"), std::string::npos);
    EXPECT_NE(message.find("2 coordinates"), std::string::npos);
  }
  EXPECT_EQ(cascade.size(), 0u);
}

TEST(Cascade, WithLeavesTheShorterOneAlone) {
  const Cascade none(plain_space({10, 10}));
  const Cascade one = none.with(below(2, 0, 5));
  const Cascade two = one.with(below(2, 1, 5));
  const Cascade other = one.with(constant(2, -1.0f));
  EXPECT_EQ(none.size(), 0u);
  EXPECT_EQ(one.size(), 1u);
  EXPECT_EQ(two.size(), 2u);
  EXPECT_EQ(&one.forest(0), &two.forest(0)) << "classifiers are shared, not copied";
  EXPECT_EQ(&none.space(), &two.space());
  const std::uint16_t row[] = {4, 4};
  EXPECT_TRUE(two.accepts(row, 2));
  EXPECT_FALSE(other.accepts(row, 2));
  EXPECT_TRUE(other.accepts(row, 1));
}

TEST(Cascade, AcceptsAndCountsRejections) {
  const Cascade cascade =
      Cascade(plain_space({10, 10, 10})).with(below(3, 0, 5)).with(below(3, 1, 3)).with(below(3, 2, 8));
  for (std::uint16_t a = 0; a < 10; ++a) {
    for (std::uint16_t b = 0; b < 10; ++b) {
      for (std::uint16_t c = 0; c < 10; ++c) {
        const std::uint16_t row[] = {a, b, c};
        const std::uint32_t rejected[] = {a >= 5, b >= 3, c >= 8};
        std::uint32_t sum = 0;
        for (std::size_t k = 0; k <= 3; ++k) {
          ASSERT_EQ(cascade.rejections(row, k), sum);
          ASSERT_EQ(cascade.accepts(row, k), sum == 0);
          if (k < 3) sum += rejected[k];
        }
      }
    }
  }
}

}  // namespace
}  // namespace shac::test
