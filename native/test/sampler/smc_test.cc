// The approximate sampler: what it returns is always accepted, nearly has the distribution of naive rejection where the
// region hangs together, and does not depend on how it was computed.
#include "core/sampler/smc.h"

#include <chrono>
#include <set>
#include <thread>

#include "core/joining_thread.h"
#include "test/sampler/distribution.h"

namespace shac::test {
namespace {

SampleRequest smc(const Cascade& cascade, std::size_t count, std::size_t sweeps = 5) {
  return {.seed = 33,
          .count = count,
          .classifiers = cascade.size(),
          .threads = 2,
          .method = Method::kSmc,
          .sweeps = sweeps};
}

void expect_all_pass(const Cascade& cascade, const SampleResult& result, std::size_t count) {
  const CodeSpace& space = cascade.space();
  const std::size_t d = space.dimensions();
  ASSERT_EQ(result.codes.size(), count * d);
  ASSERT_EQ(result.offsets.size(), count * d);
  EXPECT_EQ(result.rejections, std::vector<std::uint32_t>(count, 0));
  std::vector<std::set<std::uint16_t>> valid(d);
  for (std::size_t j = 0; j < d; ++j) {
    const bool conditional = space.conditions.on(j);
    if (conditional) valid[j].insert(kInactive);
    for (std::uint32_t raw = 0; raw < space.levels[j]; ++raw) {
      const std::uint16_t plain = space.snaps[j] ? (*space.snaps[j])[raw] : static_cast<std::uint16_t>(raw);
      valid[j].insert(conditional ? active_code(plain) : plain);
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint16_t* row = result.codes.data() + d * i;
    for (std::size_t k = 0; k < cascade.size(); ++k) ASSERT_GT(cascade.forest(k).margin(row), 0.0f) << i;
    for (std::size_t j = 0; j < d; ++j) {
      ASSERT_TRUE(valid[j].contains(row[j]));
      if (!space.conditions.on(j)) continue;
      ASSERT_EQ(row[j] != kInactive, space.conditions.active(row, j));
    }
  }
  for (const double offset : result.offsets) ASSERT_TRUE(offset > 0 && offset < 1);
}

Cascade hartmann_cascade(std::size_t d, std::size_t classifiers, std::size_t points) {
  return searched_cascade(plain_space(std::vector<std::uint32_t>(d, 32768)), classifiers, points, 23, {}, hartmann6);
}

TEST(Smc, HasNearlyTheDistributionOfNaiveRejection) {
  // Fewer rows than the exact sampler is tested with: these are not quite independent, and many would show it.
  constexpr std::size_t kRows = kPoints / 5;
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.name);
    const std::size_t d = one.cascade.space().dimensions();
    const SampleResult result = sample(one.cascade, smc(one.cascade, kRows), {});
    expect_all_pass(one.cascade, result, kRows);
    const Rows naive = naive_rejection(one.cascade, 31);
    const double worst = difference(naive, result.codes, d);
    RecordProperty(one.name, std::to_string(worst));
    EXPECT_LT(worst, 1);
    const SampleResult exact = sample(one.cascade, {.seed = 1, .count = kRows, .classifiers = one.cascade.size()}, {});
    EXPECT_NEAR(result.acceptance / exact.acceptance, 1, 0.25);
    EXPECT_EQ(result.live_mass, 1.0);
  }
}

TEST(Smc, ManySweepsMakeItUniformOverABox) {
  Cascade cascade(plain_space({1000, 10, 32768, 7}));
  cascade = cascade.with(below(4, 0, 100)).with(below(4, 1, 3));
  const SampleResult result = sample(cascade, smc(cascade, 30'000, 100), {});
  std::vector<std::uint64_t> first(100), second(3), unread(32);
  for (std::size_t i = 0; i < 30'000; ++i) {
    ++first.at(result.codes[4 * i]);
    ++second.at(result.codes[4 * i + 1]);
    ++unread.at(result.codes[4 * i + 2] / 1024);
  }
  EXPECT_LT(chi_square_uniform(first), chi_square_limit(99));
  EXPECT_LT(chi_square_uniform(second), chi_square_limit(2));
  EXPECT_LT(chi_square_uniform(unread), chi_square_limit(31)) << "what no classifier reads is that of the prior";
  EXPECT_NEAR(result.acceptance, 0.03, 0.003);
}

// How alike the first coordinates of neighbours are: those with the most common history.
double likeness(const SampleResult& result, std::size_t d) {
  std::vector<double> here, next;
  for (std::size_t at = d; at < result.codes.size(); at += d) {
    here.push_back(result.codes[at - d]);
    next.push_back(result.codes[at]);
  }
  return std::abs(correlation(here, next));
}

TEST(Smc, SweepsMoveCopiesApart) {
  const Cascade cascade = hartmann_cascade(6, 12, 20);
  for (const std::size_t count : {20u, 1000u, 5000u}) {
    const SampleResult result = sample(cascade, smc(cascade, count), {});
    std::set<std::vector<std::uint16_t>> rows;
    for (auto row = result.codes.begin(); row != result.codes.end(); row += 6) rows.emplace(row, row + 6);
    EXPECT_GE(rows.size(), count * 99 / 100);
  }
  EXPECT_LT(likeness(sample(cascade, smc(cascade, 4000, 50), {}), 6),
            likeness(sample(cascade, smc(cascade, 4000, 1), {}), 6) / 3);
}

TEST(Smc, AnyNumberOfThreadsAndAnyKernelGivesTheSame) {
  CodeSpace mixed = plain_space({32768, 4, 32768, 1000, 2, 32768});
  Random random(16);
  mixed.snaps[3] = random_snap(random, 1000);
  const Cascade shallow = searched_cascade(mixed, 8, 20, 41, {}, distance_to_middle);
  const Cascade deep = searched_cascade(mixed, 3, 60, 42, {.rounds = 20, .max_depth = 6}, distance_to_middle);
  struct Run {
    const Cascade& cascade;
    std::size_t count, memory;
  };
  for (const Run& one : {Run{shallow, 10, std::size_t{64} << 20},
                         {shallow, 3000, std::size_t{64} << 20},
                         {shallow, 3000, 0},
                         {deep, 1500, std::size_t{64} << 20}}) {
    SampleRequest request = smc(one.cascade, one.count, 2);
    request.memory = one.memory;
    const SampleResult expected = sample(one.cascade, request, {});
    expect_all_pass(one.cascade, expected, one.count);
    for (const unsigned threads : {1u, 2u, 3u, 8u}) {
      for (const Kernel* kernel : {available_kernels().front(), available_kernels().back()}) {
        request.threads = threads;
        request.kernel = kernel;
        const SampleResult result = sample(one.cascade, request, {});
        EXPECT_EQ(result.codes, expected.codes) << threads << " threads, " << kernel->name;
        EXPECT_EQ(result.offsets, expected.offsets);
        EXPECT_EQ(result.draws, expected.draws);
        EXPECT_EQ(result.acceptance, expected.acceptance);
      }
    }
    request.stream = 1;
    EXPECT_NE(sample(one.cascade, request, {}).codes, expected.codes);
  }
}

TEST(Smc, MemoryBoundsThePopulation) {
  const Cascade cascade = hartmann_cascade(6, 4, 20);
  SampleRequest request = smc(cascade, 2500, 1);
  const SampleResult roomy = sample(cascade, request, {});
  request.memory = 0;  // three populations, of which each may be no larger than the least
  const SampleResult tight = sample(cascade, request, {});
  expect_all_pass(cascade, tight, 2500);
  EXPECT_NE(tight.codes, roomy.codes);
  EXPECT_EQ(tight.draws % kLeastPopulation, 0u);
  EXPECT_NEAR(tight.acceptance / roomy.acceptance, 1, 0.3);
  const SampleResult few = sample(cascade, smc(cascade, 1, 1), {});
  EXPECT_GE(few.draws, kLeastPopulation * (1 + 4 * 6)) << "one row comes from a whole population as well";
}

TEST(Smc, WithoutClassifiersIsThePrior) {
  const Cascade cascade = hartmann_cascade(6, 1, 20);
  SampleRequest request = smc(cascade, 50);
  request.classifiers = 0;
  const SampleResult result = sample(cascade, request, {});
  request.method = Method::kExact;
  EXPECT_EQ(result.codes, sample(cascade, request, {}).codes);
  EXPECT_EQ(result.acceptance, 1.0);
}

TEST(Smc, AStageThatNobodyPassesGoesOnUntilSomeoneDoes) {
  // 1 code of 32768: a population of 1024 has it in one of 32 cases.
  Cascade cascade(plain_space({32768, 32768}));
  cascade = cascade.with(below(2, 0, 1)).with(below(2, 1, 20'000));
  const SampleResult result = sample(cascade, smc(cascade, 100), {});
  expect_all_pass(cascade, result, 100);
  EXPECT_GT(result.draws, 10'000u);
  EXPECT_LT(result.acceptance, 1e-3);
}

TEST(Smc, AnEmptyRegionIsAnError) {
  const Cascade contradiction =
      Cascade(plain_space({100, 100})).with(below(2, 0, 50)).with(Forest(Model{2, {stump(0, 50, -1.0f, 1.0f)}}));
  const Cascade never = Cascade(plain_space({100})).with(constant(1, -1.0f));
  for (const std::uint64_t budget : {1u, 5'000u, 100'000u}) {
    SampleRequest request = smc(contradiction, 3);
    request.max_draws = budget;
    const std::string message = error_of(ErrorCode::kEmptyRegion, [&] { sample(contradiction, request, {}); });
    EXPECT_NE(message.find("classifier 1 accepted none of"), std::string::npos) << message;
    EXPECT_NE(message.find("that the 1 before it accept"), std::string::npos) << message;
    request.classifiers = 1;
    error_of(ErrorCode::kEmptyRegion, [&] { sample(never, request, {}); });
  }
}

TEST(Smc, RefusesToRelaxAndToLeaveCopies) {
  const Cascade cascade = Cascade(plain_space({10})).with(below(1, 0, 5));
  SampleRequest request = smc(cascade, 1, 0);
  error_of(ErrorCode::kInvalidArgument, [&] { sample(cascade, request, {}); });
  request.sweeps = 1;
  request.relax = true;
  error_of(ErrorCode::kInvalidArgument, [&] { sample(cascade, request, {}); });
}

TEST(Smc, StopsWhenItIsCancelled) {
  const Cascade shallow = hartmann_cascade(6, 3, 20);
  const Cascade never = Cascade(plain_space({100})).with(constant(1, -1.0f));
  Random random(3);
  const std::vector<std::uint32_t> levels(6, 32768);
  const Cascade deep = Cascade(plain_space(levels)).with(noisy_forest(random, 400, levels, 8, 100));
  for (const Cascade* cascade : {&shallow, &never, &deep}) {
    CancelToken token;
    JoiningThread canceller([copy = token]() mutable {
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      copy.cancel();
    });
    EXPECT_THROW(sample(*cascade, smc(*cascade, std::size_t{1} << 22, 1000), token), Cancelled);
  }
}

}  // namespace
}  // namespace shac::test
