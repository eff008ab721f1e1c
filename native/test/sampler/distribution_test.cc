// What the sampler returns has the distribution of naive rejection. The same check must find samples that are biased on
// purpose.
#include "test/sampler/distribution.h"

#include "core/sampler/partition.h"
#include "core/sampler/sampler.h"

namespace shac::test {
namespace {

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
