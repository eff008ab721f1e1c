// What the sampler returns, compared with a plain loop over the draws.
#include "core/sampler/sampler.h"

#include <set>

#include "core/rng.h"
#include "core/sampler/draw.h"
#include "test/support.h"

namespace shac::test {
namespace {

bool same(const SampleResult& a, const SampleResult& b) {
  return a.codes == b.codes && a.offsets == b.offsets && a.rejections == b.rejections && a.draws == b.draws;
}

// The definition: go through the draws in index order; once 2^classifiers of them in a row found nothing, and each time
// again, allow one more rejection for this candidate (when relaxing). Classifiers are asked for XGBoost's margin
// itself.
SampleResult plain_loop(const Cascade& cascade, const SampleRequest& request) {
  SampleResult result;
  const std::size_t d = cascade.space().dimensions();
  std::uint64_t misses = 0;
  std::uint32_t allowed = 0;
  for (std::uint64_t draw = 0; result.rejections.size() < request.count; ++draw) {
    std::vector<std::uint16_t> row(d);
    draw_codes(cascade.space(), request.seed, request.stream, draw, row.data());
    std::uint32_t rejections = 0;
    for (std::size_t k = 0; k < request.classifiers; ++k) {
      if (!(cascade.forest(k).margin(row.data()) > 0)) ++rejections;
    }
    if (rejections > allowed) {
      if (request.relax && ++misses % (1ull << request.classifiers) == 0) ++allowed;
      continue;
    }
    misses = 0;
    allowed = 0;
    result.codes.insert(result.codes.end(), row.begin(), row.end());
    for (std::uint32_t j = 0; j < d; ++j) {
      result.offsets.push_back(Stream(request.seed, request.stream).offset(draw, j));
    }
    result.rejections.push_back(rejections);
    result.draws = draw + 1;
  }
  return result;
}

class Sampler : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    cascade_ = new Cascade(trained_cascade(plain_space({32768, 10, 2, 32768, 1000}), 6, 24, 99));
  }
  static void TearDownTestSuite() {
    delete cascade_;
    cascade_ = nullptr;
  }
  static inline Cascade* cascade_ = nullptr;
};

TEST_F(Sampler, ReturnsTheFirstPassingDrawsForAnyNumberOfThreads) {
  for (std::size_t classifiers = 0; classifiers <= cascade_->size(); ++classifiers) {
    SampleRequest request{.seed = 7, .stream = 5, .count = 400, .classifiers = classifiers, .memory = 0};
    const SampleResult expected = plain_loop(*cascade_, request);
    for (const unsigned threads : {1u, 2u, 3u, 8u}) {
      request.threads = threads;
      EXPECT_TRUE(same(sample(*cascade_, request, {}), expected)) << classifiers << " classifiers, " << threads;
    }
    if (classifiers == cascade_->size()) {
      EXPECT_GT(expected.draws, 9000u) << "so few draws that no second thread starts";
    }
    if (classifiers == 0) {
      EXPECT_EQ(expected.draws, request.count);
    }
  }
}

TEST_F(Sampler, EveryRowPasses) {
  const SampleResult result = sample(*cascade_, {.seed = 1, .count = 1000, .classifiers = 6, .threads = 2}, {});
  ASSERT_EQ(result.codes.size(), 5000u);
  ASSERT_EQ(result.offsets.size(), 5000u);
  EXPECT_EQ(result.rejections, std::vector<std::uint32_t>(1000, 0));
  for (std::size_t i = 0; i < 1000; ++i) {
    const std::uint16_t* row = result.codes.data() + 5 * i;
    for (std::size_t k = 0; k < 6; ++k) ASSERT_GT(cascade_->forest(k).margin(row), 0.0f);
    for (std::size_t j = 0; j < 5; ++j) ASSERT_LT(row[j], cascade_->space().levels[j]);
  }
}

TEST_F(Sampler, ALongerRequestBeginsWithTheShorterOne) {
  SampleRequest request{.seed = 3, .count = 50, .classifiers = 5, .threads = 3, .memory = 0};
  const SampleResult few = sample(*cascade_, request, {});
  request.count = 700;
  const SampleResult many = sample(*cascade_, request, {});
  EXPECT_EQ(few.codes, std::vector<std::uint16_t>(many.codes.begin(), many.codes.begin() + 250));
  EXPECT_LT(few.draws, many.draws);
}

TEST_F(Sampler, SeedsAndStreamsDiffer) {
  const SampleRequest request{.seed = 3, .stream = 1, .count = 20, .classifiers = 3};
  SampleRequest other = request;
  other.stream = 2;
  EXPECT_NE(sample(*cascade_, request, {}).codes, sample(*cascade_, other, {}).codes);
  other = request;
  other.seed = 4;
  EXPECT_NE(sample(*cascade_, request, {}).codes, sample(*cascade_, other, {}).codes);
}

// Against rejection sampling that shares nothing with the sampler: other random numbers, XGBoost's margins.
TEST_F(Sampler, HasTheDistributionOfNaiveRejection) {
  constexpr std::size_t kPoints = 4000;
  constexpr std::size_t kBins = 16;
  const auto& levels = cascade_->space().levels;
  const SampleResult result = sample(*cascade_, {.seed = 5, .count = kPoints, .classifiers = 6, .threads = 2}, {});
  std::vector<std::vector<double>> ours(5, std::vector<double>(kBins)), naive = ours;
  const auto count = [&](const std::uint16_t* row, auto& bins) {
    for (std::size_t j = 0; j < 5; ++j) ++bins[j][row[j] * kBins / levels[j]];
  };
  for (std::size_t i = 0; i < kPoints; ++i) count(result.codes.data() + 5 * i, ours);
  Random random(123);
  for (std::size_t found = 0; found < kPoints;) {
    std::uint16_t row[5];
    for (std::size_t j = 0; j < 5; ++j) row[j] = static_cast<std::uint16_t>(random.below(levels[j]));
    bool passes = true;
    for (std::size_t k = 6; passes && k-- > 0;) passes = cascade_->forest(k).margin(row) > 0;
    if (!passes) continue;
    ++found;
    count(row, naive);
  }
  for (std::size_t j = 0; j < 5; ++j) {
    double chi = 0;
    double used = 0;
    for (std::size_t b = 0; b < kBins; ++b) {
      const double both = ours[j][b] + naive[j][b];
      if (both == 0) continue;
      chi += std::pow(ours[j][b] - naive[j][b], 2) / both;
      ++used;
    }
    EXPECT_LT(chi, chi_square_limit(std::max(1.0, used - 1))) << "coordinate " << j;
  }
}

TEST(SamplerRegion, IsUniformOverABox) {
  Cascade cascade(plain_space({1000, 10}));
  cascade = cascade.with(below(2, 0, 100)).with(below(2, 1, 3));
  const SampleResult result =
      sample(cascade, {.seed = 8, .count = 30'000, .classifiers = 2, .threads = 3, .memory = 0}, {});
  std::vector<std::uint64_t> cells(300);
  for (std::size_t i = 0; i < 30'000; ++i) {
    ASSERT_LT(result.codes[2 * i], 100);
    ASSERT_LT(result.codes[2 * i + 1], 3);
    ++cells[result.codes[2 * i] * 3u + result.codes[2 * i + 1]];
  }
  EXPECT_LT(chi_square_uniform(cells), chi_square_limit(299));
  // Draws are geometric with p = 0.03: a million, give or take five standard deviations.
  EXPECT_NEAR(static_cast<double>(result.draws), 1e6, 5 * std::sqrt(30'000 * 0.97) / 0.03);
}

TEST(SamplerRegion, RespectsSnapTables) {
  CodeSpace space = plain_space({6, 32768});
  space.snaps[0] = std::make_shared<const std::vector<std::uint16_t>>(std::vector<std::uint16_t>{0, 0, 0, 3, 5, 5});
  const Cascade cascade = Cascade(space).with(below(2, 1, 16384));
  const SampleResult result = sample(cascade, {.seed = 8, .count = 12'000, .classifiers = 1, .threads = 2}, {});
  std::vector<std::uint64_t> counts(6);
  for (std::size_t i = 0; i < 12'000; ++i) ++counts[result.codes[2 * i]];
  EXPECT_EQ(counts[1] + counts[2] + counts[4], 0u);
  // Raw codes keep their mass: 3, 1 and 2 of 6. Five standard deviations.
  EXPECT_NEAR(static_cast<double>(counts[0]), 6000, 275);
  EXPECT_NEAR(static_cast<double>(counts[3]), 2000, 205);
  EXPECT_NEAR(static_cast<double>(counts[5]), 4000, 260);
  // The classifier saw the snapped code, not the raw one.
  const Cascade snapped = Cascade(space).with(Forest(Model{2, {stump(0, 1, 1.0f, -1.0f)}}));
  const SampleResult zero = sample(snapped, {.seed = 9, .count = 3000, .classifiers = 1, .memory = 0}, {});
  for (std::size_t i = 0; i < 3000; ++i) ASSERT_EQ(zero.codes[2 * i], 0);
  EXPECT_NEAR(static_cast<double>(zero.draws), 6000, 5 * std::sqrt(3000 * 0.5) / 0.5);
}

TEST(SamplerRegion, CountZeroAndTooManyClassifiers) {
  const Cascade cascade = Cascade(plain_space({10})).with(constant(1, -1.0f));
  const SampleResult none = sample(cascade, {.count = 0, .classifiers = 1}, {});
  EXPECT_TRUE(none.codes.empty() && none.offsets.empty() && none.rejections.empty());
  EXPECT_EQ(none.draws, 0u);
  error_of(ErrorCode::kInvalidArgument, [&] { sample(cascade, {.count = 1, .classifiers = 2}, {}); });
}

TEST_F(Sampler, RelaxesAsThePlainLoopDoes) {
  const std::size_t d = cascade_->space().dimensions();
  // One, then two classifiers that reject everything: no candidate is found before the relaxation.
  const Cascade four = trained_cascade(cascade_->space(), 4, 24, 98);
  const Cascade four_and_one = four.with(constant(d, -1.0f));
  const Cascade four_and_two = four_and_one.with(constant(d, -1.0f));
  struct Case {
    const Cascade& cascade;
    std::size_t count;
  };
  std::set<std::uint32_t> degrees;
  for (const Case& one : {Case{*cascade_, 500}, {four_and_one, 500}, {four_and_two, 200}}) {
    const std::size_t classifiers = one.cascade.size();
    SampleRequest request{.seed = 21, .stream = 2, .count = one.count, .classifiers = classifiers, .relax = true};
    const SampleResult expected = plain_loop(one.cascade, request);
    ASSERT_GT(expected.draws, 15'000u) << "so few draws that threads hardly start";
    degrees.insert(expected.rejections.begin(), expected.rejections.end());
    for (const unsigned threads : {1u, 2u, 3u, 8u}) {
      request.threads = threads;
      EXPECT_TRUE(same(sample(one.cascade, request, {}), expected)) << classifiers << " classifiers, " << threads;
    }
  }
  EXPECT_EQ(degrees, (std::set<std::uint32_t>{0, 1, 2})) << "candidates of every degree, else this shows little";
}

TEST(SamplerRelax, CountsTheDrawsOfEachCandidateAnew) {
  // Everything is always rejected by all three: candidate i takes 3 * 2^3 misses and one draw.
  Cascade cascade(plain_space({32768}));
  for (int k = 0; k < 3; ++k) cascade = cascade.with(constant(1, -1.0f));
  const SampleResult result =
      sample(cascade, {.seed = 4, .count = 1000, .classifiers = 3, .threads = 2, .relax = true}, {});
  EXPECT_EQ(result.draws, 25'000u);
  EXPECT_EQ(result.rejections, std::vector<std::uint32_t>(1000, 3));
  for (std::size_t i = 0; i < 1000; ++i) {
    std::uint16_t code;
    draw_codes(cascade.space(), 4, 0, 25 * i + 24, &code);
    ASSERT_EQ(result.codes[i], code);
  }
}

}  // namespace
}  // namespace shac::test
