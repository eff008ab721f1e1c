// Every kernel that runs here, against plain loops; and what Pipeline and Forest decide, against XGBoost itself.
#include "core/cascade/kernel.h"

#include <algorithm>
#include <numeric>

#include "core/rng.h"
#include "core/sampler/draw.h"
#include "core/sampler/pipeline.h"
#include "core/xgboost/xgb.h"
#include "test/conditions.h"
#include "test/support.h"

namespace shac::test {
namespace {

constexpr std::int16_t kUntouched = 0x5a5a;

// A forest of random trees over few features and thresholds, so that codes often equal thresholds.
struct RandomForest {
  std::vector<Stump> stumps;
  std::vector<Tree2> trees2;
  std::vector<Tree3> trees3;
  std::int16_t bias;

  RandomForest(Random& random, std::size_t features) {
    const auto fill = [&](auto& tree) {
      for (auto& t : tree.threshold)
        t = static_cast<std::int16_t>(random.below(3) == 0 ? random.below(32768) : random.below(6));
      for (auto& leaf : tree.leaves) leaf = static_cast<std::int16_t>(static_cast<int>(random.below(2001)) - 1000);
    };
    const auto feature = [&] { return static_cast<std::uint32_t>(random.below(features)); };
    const auto some = [&] { return random.below(4) == 0 ? 0 : random.below(9); };
    for (std::size_t n = some(); n > 0; --n) {
      Stump& tree = stumps.emplace_back();
      tree.feature = feature();
      tree.threshold = static_cast<std::int16_t>(random.below(6));
      for (auto& leaf : tree.leaves) leaf = static_cast<std::int16_t>(static_cast<int>(random.below(2001)) - 1000);
    }
    for (std::size_t n = some(); n > 0; --n) {
      fill(trees2.emplace_back());
      for (auto& f : trees2.back().feature) f = feature();
    }
    for (std::size_t n = some(); n > 0; --n) {
      fill(trees3.emplace_back());
      for (auto& f : trees3.back().feature) f = feature();
    }
    bias = static_cast<std::int16_t>(static_cast<int>(random.below(2001)) - 1000);
  }

  ForestView view() const {
    return {stumps.data(), stumps.size(), trees2.data(), trees2.size(), trees3.data(), trees3.size(), bias};
  }

  std::int32_t sum(const std::vector<std::uint16_t>& row) const {
    std::int32_t sum = bias;
    for (const Stump& tree : stumps) sum += tree.leaves[row[tree.feature] < tree.threshold ? 1 : 0];
    for (const Tree2& tree : trees2) {
      const bool first = row[tree.feature[0]] < tree.threshold[0];
      const int child = first ? 1 : 2;
      sum += tree.leaves[(first ? 2 : 0) + (row[tree.feature[child]] < tree.threshold[child] ? 1 : 0)];
    }
    for (const Tree3& tree : trees3) sum += leaf_of(tree, row.data());
    return sum;
  }
};

#if defined(__x86_64__) && !defined(__clang__)  // whose word needs its run-time library
TEST(Kernel, RunsWhereTheCompilerSaysSo) {
  const auto available = [](Isa isa) {
    return std::ranges::any_of(available_kernels(), [&](const Kernel* kernel) { return kernel->isa == isa; });
  };
  EXPECT_TRUE(available(Isa::kPortable));
  EXPECT_EQ(available(Isa::kAvx2), __builtin_cpu_supports("avx2") != 0);
  EXPECT_EQ(available(Isa::kAvx512),
            __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vbmi2") != 0);
}
#endif

TEST(Kernel, ThePortableOneIsAlwaysThere) {
  ASSERT_FALSE(available_kernels().empty());
  EXPECT_EQ(available_kernels().front()->isa, Isa::kPortable);
  EXPECT_EQ(available_kernels().back(), &best_kernel());
  std::string names;
  for (const Kernel* kernel : available_kernels()) names += std::string(kernel->name) + " ";
  testing::Test::RecordProperty("kernels", names);
}

TEST(Kernel, SumsAreThoseOfAPlainWalk) {
  Random random(1);
  for (int round = 0; round < 20; ++round) {
    const std::size_t features = random.between(1, 12);
    const RandomForest forest(random, features);
    std::vector<std::int16_t> codes(features * kBlock);
    for (auto& code : codes)
      code = static_cast<std::int16_t>(random.below(3) == 0 ? random.below(32768) : random.below(6));
    std::vector<std::int32_t> expected(kBlock);
    for (std::size_t lane = 0; lane < kBlock; ++lane) {
      std::vector<std::uint16_t> row(features);
      for (std::size_t f = 0; f < features; ++f) row[f] = static_cast<std::uint16_t>(codes[f * kBlock + lane]);
      expected[lane] = forest.sum(row);
    }
    for (const Kernel* kernel : available_kernels()) {
      for (std::size_t lanes = 1; lanes <= kBlock; ++lanes) {
        std::vector<std::int16_t> sums(kBlock + 32, kUntouched);
        kernel->sums(forest.view(), codes.data(), lanes, sums.data());
        for (std::size_t lane = 0; lane < lanes; ++lane) {
          ASSERT_EQ(sums[lane], expected[lane]) << kernel->name << ", lane " << lane << " of " << lanes;
        }
        for (std::size_t lane = (lanes + 31) / 32 * 32; lane < sums.size(); ++lane) ASSERT_EQ(sums[lane], kUntouched);
      }
    }
  }
}

TEST(Kernel, BitsAreThoseOfTheStream) {
  Random random(2);
  for (int round = 0; round < 6; ++round) {
    const std::uint64_t seed = round == 0 ? ~0ull : random.bits();
    const auto stream = static_cast<std::uint32_t>(random.bits());
    const auto block = static_cast<std::uint32_t>(round < 3 ? random.below(8) : random.bits());
    std::vector<std::uint64_t> draws(kBlock);
    if (round % 2 == 0) std::iota(draws.begin(), draws.end(), (1ull << 32) - 100);
    if (round % 2 == 1) std::generate(draws.begin(), draws.end(), [&] { return random.bits(); });
    std::vector<Words> expected;
    for (const std::uint64_t draw : draws) expected.push_back(Stream(seed, stream).bits(draw, block));
    for (const Kernel* kernel : available_kernels()) {
      for (std::size_t lanes = 1; lanes <= kBlock; ++lanes) {
        std::vector<std::uint16_t> bits(8 * kBlock, kUntouched);
        kernel->bits({seed, stream, block, draws.data(), lanes}, bits.data());
        for (std::size_t i = 0; i < 8; ++i) {
          for (std::size_t lane = 0; lane < lanes; ++lane) {
            ASSERT_EQ(bits[i * kBlock + lane], static_cast<std::uint16_t>(expected[lane][i / 2] >> (16 * (i % 2))))
                << kernel->name << ", coordinate " << i << ", lane " << lane << " of " << lanes;
          }
          for (std::size_t lane = (lanes + 31) / 32 * 32; lane < kBlock; ++lane) {
            ASSERT_EQ(bits[i * kBlock + lane], kUntouched) << kernel->name;
          }
        }
      }
    }
  }
}

TEST(Kernel, SelectIsAPlainLoop) {
  Random random(3);
  for (int round = 0; round < 40; ++round) {
    std::vector<std::int16_t> sums(kBlock);
    const auto least = random.pick<std::int16_t>({0, 1, -1, -7, 100, INT16_MIN, INT16_MIN + 1, INT16_MAX});
    for (auto& sum : sums) {
      sum = random.pick<std::int16_t>({least, static_cast<std::int16_t>(least ^ 1), INT16_MIN, INT16_MAX, 0,
                                       static_cast<std::int16_t>(random.bits())});
    }
    if (round == 0) std::fill(sums.begin(), sums.end(), INT16_MAX);
    if (round == 1) std::fill(sums.begin(), sums.end(), INT16_MIN);
    for (std::size_t lanes = 1; lanes <= kBlock; ++lanes) {
      std::vector<std::uint16_t> expected;
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        if (sums[lane] >= least) expected.push_back(static_cast<std::uint16_t>(lane));
      }
      for (const Kernel* kernel : available_kernels()) {
        std::vector<std::uint16_t> selected(kBlock, 0xffff);
        const std::size_t count = kernel->select(sums.data(), lanes, least, selected.data());
        ASSERT_EQ(std::vector<std::uint16_t>(selected.begin(), selected.begin() + static_cast<std::ptrdiff_t>(count)),
                  expected)
            << kernel->name << ", " << lanes << " lanes";
        for (std::size_t i = lanes; i < kBlock; ++i) ASSERT_EQ(selected[i], 0xffff);
      }
    }
  }
}

// What one classifier is trained on and asked about.
struct Shape {
  std::size_t points, coordinates;
  int depth, rounds;
  bool coarse;  // few codes a coordinate, so that rows sit on thresholds
};

std::vector<Shape> shapes(Random& random) {
  // The corners first.
  std::vector<Shape> all;
  for (const std::size_t points : {10u, 200u}) {
    for (const std::size_t coordinates : {1u, 100u}) {
      for (const int depth : {1, 3, 8}) all.push_back({points, coordinates, depth, 200, false});
    }
  }
  all.push_back({200, 100, 8, 200, true});
  while (all.size() < 48) {
    all.push_back({random.between(10, 200), random.between(1, random.below(3) == 0 ? 100 : 12),
                   static_cast<int>(random.between(1, 8)), static_cast<int>(random.between(20, 200)),
                   random.below(5) == 0});
  }
  return all;
}

// Draws pushed through cascades of new classifiers: each classifier alone, and all of them one after the other, by
// every kernel, against XGBoost's margins of the same rows.
void expect_decisions_of_xgboost(bool conditional) {
  constexpr std::size_t kDraws = kSanitized ? 1'500 : 21'000;
  constexpr std::size_t kClassifiers = 2;
  Random random(4);
  std::size_t compared = 0, accepted_by_one = 0, without_kernel = 0, through = 0;
  for (const Shape& shape : shapes(random)) {
    SCOPED_TRACE(testing::Message() << shape.points << " points, " << shape.coordinates << " coordinates, depth "
                                    << shape.depth << ", " << shape.rounds << " rounds");
    const std::size_t d = shape.coordinates;
    std::vector<std::uint32_t> levels(d);
    for (auto& level : levels) {
      level = shape.coarse ? random.pick({2u, 3u, 5u}) : random.pick({2u, 3u, 10u, 1000u, 10'000u, 32768u, 32768u});
    }
    CodeSpace space = plain_space(levels);
    if (conditional) space.conditions = random_conditions(random, levels);
    Cascade cascade(std::move(space));
    std::vector<std::uint16_t> codes(kDraws * d);
    for (std::size_t i = 0; i < kDraws; ++i) draw_codes(cascade.space(), 77, 5, i, codes.data() + i * d);
    const xgb::Matrix matrix(codes, kDraws, d);
    // The draws that the classifiers `order` all accept.
    const auto passing = [&](const std::vector<std::uint32_t>& order, const Kernel& kernel) {
      std::vector<std::uint64_t> accepted;
      Pipeline pipeline(cascade, nullptr, order, kernel, 77, 5);
      pipeline.run(0, kDraws / 3, accepted, {});
      pipeline.run(kDraws / 3, kDraws, accepted, {});
      return accepted;
    };
    std::vector<std::uint8_t> passes(kDraws, 1);
    for (std::uint32_t k = 0; k < kClassifiers; ++k) {
      const TrainRequest request = noisy_request(random, shape.points, levels, shape.depth, shape.rounds);
      const Bytes bytes = train(request, {}).model;
      cascade = cascade.with(Forest(read_model(bytes)));
      const Forest& forest = cascade.forest(k);
      without_kernel += forest.has_kernel() ? 0 : 1;
      xgb::Booster booster;
      booster.load_ubjson(bytes);
      booster.set("nthread", "1");
      const std::vector<float> margins = booster.margins(matrix);
      std::vector<std::uint64_t> expected;
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < kDraws; ++i) {
        const bool accepts = margins[i] > 0;
        wrong += forest.accepts(codes.data() + i * d) != accepts ? 1 : 0;
        passes[i] &= accepts ? 1 : 0;
        if (accepts) expected.push_back(i);
      }
      EXPECT_EQ(wrong, 0u);
      for (const Kernel* kernel : available_kernels()) EXPECT_EQ(passing({k}, *kernel), expected) << kernel->name;
      accepted_by_one += expected.size();
      compared += kDraws;
    }
    std::vector<std::uint64_t> expected;
    for (std::uint64_t i = 0; i < kDraws; ++i) {
      if (passes[i]) expected.push_back(i);
    }
    through += expected.size();
    for (const Kernel* kernel : available_kernels()) {
      EXPECT_EQ(passing({0, 1}, *kernel), expected) << kernel->name;
      EXPECT_EQ(passing({1, 0}, *kernel), expected) << kernel->name << ", the other order";
    }
  }
  if (!kSanitized) {
    EXPECT_GE(compared, 2'000'000u);
  }
  EXPECT_GT(accepted_by_one, compared / 5);
  EXPECT_LT(accepted_by_one, compared * 4 / 5);
  EXPECT_GT(without_kernel, 3u);
  EXPECT_GT(through, 1000u);
  testing::Test::RecordProperty("rows", std::to_string(compared));
  testing::Test::RecordProperty("kernels", std::to_string(available_kernels().size()));
}

TEST(Kernel, DecisionsAreXGBoosts) { expect_decisions_of_xgboost(false); }

TEST(Kernel, DecisionsAreXGBoostsInSpacesWithConditions) { expect_decisions_of_xgboost(true); }

}  // namespace
}  // namespace shac::test
