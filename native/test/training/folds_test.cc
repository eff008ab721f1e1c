// The folds of a cross-validation: equal shares of each class, by the seed alone.
#include "core/training/folds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "test/support.h"

namespace shac::test {
namespace {

TEST(StratifiedFolds, HaveEqualSharesOfEachClass) {
  Random random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::uint8_t> labels(random.between(2, 120));
    const std::uint64_t ones = random.below(11);
    for (auto& label : labels) label = random.below(10) < ones ? 1 : 0;
    const auto folds = static_cast<unsigned>(random.between(2, std::min<std::size_t>(labels.size(), 10)));
    const std::vector<unsigned> fold_of = stratified_folds(labels, folds, random.bits());
    ASSERT_EQ(fold_of.size(), labels.size());
    std::vector<int> size(folds);
    std::array<std::vector<int>, 2> of_class{size, size};
    for (std::size_t i = 0; i < labels.size(); ++i) {
      ASSERT_LT(fold_of[i], folds);
      ++size[fold_of[i]];
      ++of_class[labels[i]][fold_of[i]];
    }
    for (const auto& counts : {size, of_class[0], of_class[1]}) {
      const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
      ASSERT_LE(*most - *least, 1) << labels.size() << " rows, " << folds << " folds";
    }
  }
}

TEST(StratifiedFolds, DependOnTheSeedAlone) {
  std::vector<std::uint8_t> labels(100);
  for (std::size_t i = 0; i < 50; ++i) labels[2 * i] = 1;
  EXPECT_EQ(stratified_folds(labels, 5, 7), stratified_folds(labels, 5, 7));
  EXPECT_NE(stratified_folds(labels, 5, 7), stratified_folds(labels, 5, 8));
  // Shuffled: over many seeds each row is in each fold about equally often (five standard deviations).
  std::vector<std::vector<int>> counts(100, std::vector<int>(5));
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const std::vector<unsigned> fold_of = stratified_folds(labels, 5, seed);
    for (std::size_t i = 0; i < 100; ++i) ++counts[i][fold_of[i]];
  }
  for (const auto& row : counts) {
    for (const int count : row) ASSERT_NEAR(count, 400, 5 * std::sqrt(2000 * 0.2 * 0.8));
  }
}

}  // namespace
}  // namespace shac::test
