// What the sampler returns has the distribution of naive rejection: Kolmogorov-Smirnov on every coordinate, and the
// masses of random sub-boxes. The same check must find samples that are biased on purpose.
#include <numeric>

#include "core/sampler.h"
#include "test/support.h"

namespace shac::test {
namespace {

constexpr std::size_t kPoints = kSanitized ? 4'000 : 20'000;
constexpr double kAlpha = 1e-7;  // of each single comparison: a few thousand of them stay quiet

using Rows = std::vector<std::uint16_t>;

// Shares no random numbers and no kernel with the sampler.
Rows naive_rejection(const Cascade& cascade, std::uint64_t seed) {
  const CodeSpace& space = cascade.space();
  const std::size_t d = space.dimensions();
  Random random(seed);
  Rows rows;
  std::vector<std::uint16_t> row(d);
  while (rows.size() < kPoints * d) {
    for (std::size_t j = 0; j < d; ++j) {
      const std::uint64_t raw = random.below(space.levels[j]);
      row[j] = space.snaps[j] ? (*space.snaps[j])[raw] : static_cast<std::uint16_t>(raw);
    }
    if (cascade.accepts(row.data(), cascade.size())) rows.insert(rows.end(), row.begin(), row.end());
  }
  return rows;
}

// The largest statistic of all comparisons, in units of what is improbable: above 1 the distributions differ.
double difference(const Rows& a, const Rows& b, std::size_t d) {
  double worst = 0;
  const std::size_t n = a.size() / d;
  const std::size_t m = b.size() / d;
  const double ks_limit =
      std::sqrt(-std::log(kAlpha / 2) / 2 * (1.0 / static_cast<double>(n) + 1.0 / static_cast<double>(m)));
  for (std::size_t j = 0; j < d; ++j) {
    std::vector<double> ahead(32769);
    for (std::size_t i = 0; i < n; ++i) ahead[a[i * d + j]] += 1.0 / static_cast<double>(n);
    for (std::size_t i = 0; i < m; ++i) ahead[b[i * d + j]] -= 1.0 / static_cast<double>(m);
    double sum = 0;
    for (const double step : ahead) worst = std::max(worst, std::abs(sum += step) / ks_limit);
  }
  Random random(15);
  const double z_limit = 5.33;  // two-sided 1e-7
  for (int box = 0; box < 400; ++box) {
    struct Side {
      std::size_t coordinate;
      std::int32_t lo, hi;
    };
    std::vector<Side> sides;
    const Rows& from = box % 2 == 0 ? a : b;
    const std::size_t centre = random.below(from.size() / d);
    for (std::size_t s = random.between(1, 3); s > 0; --s) {
      const std::size_t j = random.below(d);
      // From the centre to other points of the sample: sides that follow its scale.
      const auto reach = [&] {
        return std::abs(std::int32_t{from[random.below(from.size() / d) * d + j]} - std::int32_t{from[centre * d + j]});
      };
      sides.push_back({j, from[centre * d + j] - reach(), from[centre * d + j] + reach()});
    }
    const auto count = [&](const Rows& rows) {
      double inside = 0;
      for (std::size_t i = 0; i < rows.size(); i += d) {
        inside += std::all_of(sides.begin(), sides.end(),
                              [&](const Side& side) {
                                return rows[i + side.coordinate] >= side.lo && rows[i + side.coordinate] <= side.hi;
                              })
                      ? 1
                      : 0;
      }
      return inside;
    };
    const double p = count(a) / static_cast<double>(n);
    const double q = count(b) / static_cast<double>(m);
    const double pooled = (p * static_cast<double>(n) + q * static_cast<double>(m)) / static_cast<double>(n + m);
    if (pooled * static_cast<double>(std::min(n, m)) < 50 || pooled == 1) continue;  // too few for a normal
    const double deviation =
        std::sqrt(pooled * (1 - pooled) * (1.0 / static_cast<double>(n) + 1.0 / static_cast<double>(m)));
    worst = std::max(worst, std::abs(p - q) / deviation / z_limit);
  }
  return worst;
}

// Whether drawing from boxes pays here: surely, as the cost model has it, or there can be none.
enum class Boxes { kPay, kMayPay, kImpossible };

struct Case {
  const char* name;
  Boxes boxes;
  Cascade cascade;
};

std::vector<Case> cases() {
  const auto continuous = [](std::size_t d) { return plain_space(std::vector<std::uint32_t>(d, 32768)); };
  Random random(16);
  std::vector<Case> all;
  all.push_back({"b2 n=10", Boxes::kPay, searched_cascade(continuous(2), 8, 10, 21, {}, branin)});
  all.push_back({"h6 n=10", Boxes::kPay, searched_cascade(continuous(6), 7, 10, 22, {}, hartmann6)});
  all.push_back({"h6 n=20", Boxes::kPay, searched_cascade(continuous(6), 7, 20, 23, {}, hartmann6)});
  CodeSpace mixed = plain_space({32768, 4, 32768, 10, 2, 1000, 32768, 7});
  mixed.snaps[5] = random_snap(random, 1000);
  mixed.snaps[7] = random_snap(random, 7);
  all.push_back({"mixed d=8", Boxes::kPay, searched_cascade(mixed, 7, 15, 24, {}, distance_to_middle)});
  all.push_back({"h6 n=100", Boxes::kMayPay, searched_cascade(continuous(6), 4, 100, 27, {}, hartmann6)});
  all.push_back({"h50 n=20", Boxes::kMayPay, searched_cascade(continuous(50), 6, 20, 25, {}, hartmann6)});
  all.push_back({"coarse d=5", Boxes::kMayPay,
                 searched_cascade(plain_space({3, 10'000, 2, 6, 40}), 4, 30, 28, {}, distance_to_middle)});
  all.push_back({"deep trees", Boxes::kImpossible,
                 searched_cascade(continuous(3), 5, 60, 26, {.rounds = 40, .max_depth = 7}, distance_to_middle)});
  return all;
}

TEST(Distribution, IsThatOfNaiveRejection) {
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.name);
    const std::size_t d = one.cascade.space().dimensions();
    const Rows naive = naive_rejection(one.cascade, 31);
    EXPECT_LT(difference(naive, naive_rejection(one.cascade, 32), d), 1) << "naive against itself";
    SampleRequest request{.seed = 33, .count = kPoints, .classifiers = one.cascade.size(), .threads = 2};
    const SampleResult chosen = sample(one.cascade, request, {});
    EXPECT_LT(difference(naive, chosen.codes, d), 1);
    request.memory = 0;
    request.seed = 34;
    const SampleResult plain = sample(one.cascade, request, {});
    EXPECT_EQ(plain.phases, 0u);
    EXPECT_LT(difference(naive, plain.codes, d), 1) << "without a partition";
    if (one.boxes == Boxes::kPay) {
      EXPECT_GT(chosen.boxes, 1u);
      EXPECT_GE(chosen.phases, 1u);
      EXPECT_LT(chosen.live_mass, 0.5) << "else draws come from the prior";
      EXPECT_LT(chosen.draws, plain.draws) << "else boxes were not drawn from";
    }
    request.always_partition = true;
    request.seed = 35;
    request.memory = 2000 * Partition::bytes_per_box(d, one.cascade.size());
    if (one.boxes == Boxes::kImpossible) {
      error_of(ErrorCode::kInvalidArgument, [&] { sample(one.cascade, request, {}); });
      continue;
    }
    const SampleResult forced = sample(one.cascade, request, {});
    EXPECT_LT(difference(naive, forced.codes, d), 1) << "from a partition alone";
    EXPECT_GT(forced.boxes, 1u);
    EXPECT_GE(forced.phases, 1u);
    EXPECT_LT(forced.live_mass, 1);
    EXPECT_NEAR(forced.acceptance / plain.acceptance, 1, 0.06 * std::sqrt(20'000.0 / kPoints));
    RecordProperty(one.name, "draws from the prior " + std::to_string(plain.draws) + ", from " +
                                 std::to_string(forced.boxes) + " boxes " + std::to_string(forced.draws) + ", phases " +
                                 std::to_string(forced.phases) + ", live " + std::to_string(forced.live_mass) +
                                 "; chosen: " + std::to_string(chosen.boxes) + " boxes, " +
                                 std::to_string(chosen.phases) + " phases");
  }
}

TEST(Distribution, IsThatOfNaiveRejectionOverSeveralPhases) {
  // A request so large that refining goes on while it is being drawn; every phase must be right, so the points are
  // compared in the order in which they came.
  const Cascade cascade = searched_cascade(plain_space(std::vector<std::uint32_t>(6, 32768)), 9, 20, 23, {}, hartmann6);
  const SampleResult many = sample(
      cascade, {.seed = 36, .count = 10 * kPoints, .classifiers = 9, .threads = 2, .memory = std::size_t{1} << 30}, {});
  EXPECT_GE(many.phases, 2u);
  EXPECT_GT(many.boxes, 100u);
  RecordProperty("phases", static_cast<int>(many.phases));
  RecordProperty("boxes", static_cast<int>(many.boxes));
  const Rows naive = naive_rejection(cascade, 37);
  EXPECT_LT(difference(naive, many.codes, 6), 1);
  for (std::size_t part = 0; part < 10; part += 3) {
    const auto begin = many.codes.begin() + static_cast<std::ptrdiff_t>(part * kPoints * 6);
    EXPECT_LT(difference(naive, Rows(begin, begin + static_cast<std::ptrdiff_t>(kPoints * 6)), 6), 1) << part;
  }
}

// The boxes of a coarse partition are the strata that a biased sampler would get wrong.
TEST(Distribution, TheCheckFindsBiasedSamples) {
  for (Case& one : cases()) {
    if (one.boxes != Boxes::kPay) continue;
    SCOPED_TRACE(one.name);
    const std::size_t d = one.cascade.space().dimensions();
    const Rows naive = naive_rejection(one.cascade, 38);
    const SampleResult twice =
        sample(one.cascade, {.seed = 39, .count = 2 * kPoints, .classifiers = one.cascade.size(), .threads = 2}, {});
    Partition boxes(one.cascade, one.cascade.size());
    boxes.refine({.proposals = 1e9, .max_boxes = 40, .threads = 1}, {});
    ASSERT_GE(boxes.boxes(), 3u);
    std::vector<std::vector<const std::uint16_t*>> by_box(boxes.boxes());
    for (std::size_t i = 0; i < 2 * kPoints; ++i) {
      const std::uint16_t* row = twice.codes.data() + i * d;
      for (std::size_t b = 0; b < boxes.boxes(); ++b) {
        bool inside = true;
        for (std::size_t j = 0; inside && j < d; ++j)
          inside = row[j] >= boxes.range(b, j).begin && row[j] < boxes.range(b, j).end;
        if (inside) by_box[b].push_back(row);
      }
    }
    std::sort(by_box.begin(), by_box.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
    Rows cut_short, without_a_box;
    for (const auto& box : by_box) {
      for (const std::uint16_t* row : box) {
        if (cut_short.size() < kPoints * 3 / 2 * d) cut_short.insert(cut_short.end(), row, row + d);
        if (&box != &by_box.front()) without_a_box.insert(without_a_box.end(), row, row + d);
      }
    }
    EXPECT_GT(difference(naive, cut_short, d), 1) << "a box-sorted round that was cut short";
    EXPECT_GT(difference(naive, without_a_box, d), 1) << "one box is missing, of " << boxes.boxes();
    EXPECT_LT(difference(naive, twice.codes, d), 1);
  }
}

}  // namespace
}  // namespace shac::test
