#include "core/xgboost/xgb.h"

#include "test/support.h"

namespace shac::test {
namespace {

TEST(Xgb, FailuresCarryXGBoostsMessage) {
  const std::vector<std::uint16_t> codes{1, 2, 3, 4};
  const std::vector<std::uint8_t> labels{0, 1};
  const xgb::Matrix matrix(codes, 2, 2, labels);
  xgb::Booster booster(matrix);
  booster.set("nthread", "1");
  const std::string message = error_of(ErrorCode::kXGBoost, [&] {
    booster.set("objective", "no:such");
    booster.update(0, matrix);
  });
  EXPECT_NE(message.find("no:such"), std::string::npos) << message;
}

TEST(Xgb, SavesAndLoads) {
  const std::vector<std::uint16_t> codes{1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<std::uint8_t> labels{0, 0, 0, 0, 1, 1, 1, 1};
  const xgb::Matrix matrix(codes, 8, 1, labels);
  xgb::Booster booster(matrix);
  for (const auto& [name, value] : {std::pair{"nthread", "1"},
                                    {"verbosity", "0"},
                                    {"objective", "binary:logistic"},
                                    {"base_score", "0.5"},
                                    {"tree_method", "exact"}}) {
    booster.set(name, value);
  }
  for (int round = 0; round < 3; ++round) booster.update(round, matrix);
  const std::vector<float> margins = booster.margins(matrix);
  ASSERT_EQ(margins.size(), 8u);
  EXPECT_LT(margins[0], 0);
  EXPECT_GT(margins[7], 0);
  xgb::Booster loaded;
  loaded.load_ubjson(booster.save_ubjson());
  loaded.set("nthread", "1");
  EXPECT_EQ(loaded.margins(matrix), margins);
}

TEST(Xgb, SaysItsVersion) {
  const std::string version = xgb::version();
  EXPECT_EQ(std::count(version.begin(), version.end(), '.'), 2) << version;
  EXPECT_GE(std::stoi(version), 1) << version;
}

}  // namespace
}  // namespace shac::test
