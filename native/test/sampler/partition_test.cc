#include "core/sampler/partition.h"

#include <chrono>
#include <thread>

#include "core/joining_thread.h"
#include "test/conditions.h"
#include "test/support.h"

namespace shac::test {
namespace {

std::size_t boxes_around(const Partition& boxes, const std::uint16_t* row, std::size_t d) {
  std::size_t count = 0;
  for (std::size_t b = 0; b < boxes.boxes(); ++b) {
    bool inside = true;
    for (std::size_t j = 0; inside && j < d; ++j) {
      inside = row[j] >= boxes.range(b, j).begin && row[j] < boxes.range(b, j).end;
    }
    count += inside ? 1 : 0;
  }
  return count;
}

bool disjoint(const Partition& boxes, std::size_t a, std::size_t b, std::size_t d) {
  for (std::size_t j = 0; j < d; ++j) {
    if (boxes.range(a, j).end <= boxes.range(b, j).begin || boxes.range(b, j).end <= boxes.range(a, j).begin)
      return true;
  }
  return false;
}

// From the definition: raw codes whose code is inside. Where a coordinate may be inactive, all of them.
double mass_of(const Partition& boxes, std::size_t box, const CodeSpace& space) {
  double mass = 1;
  for (std::size_t j = 0; j < space.dimensions(); ++j) {
    const Partition::Range range = boxes.range(box, j);
    const bool conditional = space.conditions.on(j);
    if (conditional && range.begin == kInactive) continue;
    std::uint32_t inside = 0;
    for (std::uint32_t raw = 0; raw < space.levels[j]; ++raw) {
      const std::uint16_t plain = space.snaps[j] ? (*space.snaps[j])[raw] : static_cast<std::uint16_t>(raw);
      const std::uint16_t code = conditional ? active_code(plain) : plain;
      inside += code >= range.begin && code < range.end ? 1 : 0;
    }
    mass *= inside / static_cast<double>(space.levels[j]);
  }
  return mass;
}

bool same(const Partition& a, const Partition& b, std::size_t d) {
  if (a.boxes() != b.boxes() || a.live_mass() != b.live_mass()) return false;
  for (std::size_t i = 0; i < a.boxes(); ++i) {
    for (std::size_t j = 0; j < d; ++j) {
      if (a.range(i, j).begin != b.range(i, j).begin || a.range(i, j).end != b.range(i, j).end) return false;
    }
  }
  return true;
}

struct Case {
  const char* name;
  Cascade cascade;
};

// Plain ones, and one whose snap tables are neither monotone nor onto.
std::vector<Case> cases() {
  Random random(10);
  std::vector<Case> all;
  all.push_back({"h6", searched_cascade(plain_space(std::vector<std::uint32_t>(6, 32768)), 7, 12, 3, {}, hartmann6)});
  all.push_back({"b2", searched_cascade(plain_space({32768, 32768}), 8, 10, 4, {}, branin)});
  CodeSpace space = plain_space({32768, 7, 10, 500, 2, 32768});
  space.snaps[0] = random_snap(random, 32768);
  space.snaps[1] = random_snap(random, 7);
  space.snaps[3] = random_snap(random, 500);
  all.push_back({"snapped", searched_cascade(space, 7, 20, 5, {}, distance_to_middle)});
  all.push_back({"conditions", searched_cascade(tree_space(), 6, 20, 7, {}, distance_to_middle)});
  all.push_back({"discrete", searched_cascade(plain_space({3, 4, 5, 10, 2, 6}), 6, 20, 6, {}, distance_to_middle)});
  return all;
}

TEST(Partition, BoxesAreDisjointAndCoverWhatIsAccepted) {
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.name);
    const CodeSpace& space = one.cascade.space();
    const std::size_t d = space.dimensions();
    Partition boxes(one.cascade, one.cascade.size());
    EXPECT_EQ(boxes.boxes(), 1u);
    EXPECT_DOUBLE_EQ(boxes.live_mass(), 1);
    double before = 1;
    for (const double proposals : {1e5, 1e7, 1e9}) {
      boxes.refine({.proposals = proposals, .max_boxes = 1500, .threads = 2}, {});
      EXPECT_LE(boxes.boxes(), 1500u);
      EXPECT_LE(boxes.live_mass(), before);
      before = boxes.live_mass();
      double mass = 0;
      std::size_t overlapping = 0;
      for (std::size_t a = 0; a < boxes.boxes(); ++a) {
        mass += mass_of(boxes, a, space);
        for (std::size_t b = 0; b < a; ++b) overlapping += disjoint(boxes, a, b, d) ? 0 : 1;
      }
      EXPECT_EQ(overlapping, 0u);
      EXPECT_NEAR(mass / boxes.live_mass(), 1, 1e-9);
      Random random(11);
      std::size_t accepted = 0, outside = 0, draws = 0, inside_some = 0;
      std::vector<std::uint16_t> row(d);
      for (; accepted < 500 && draws < 2'000'000; ++draws) {
        for (std::size_t j = 0; j < d; ++j) {
          const std::uint64_t raw = random.below(space.levels[j]);
          row[j] = space.snaps[j] ? (*space.snaps[j])[raw] : static_cast<std::uint16_t>(raw);
        }
        deactivate(space, row);
        if (draws < 1000) inside_some += boxes_around(boxes, row.data(), d);
        if (!one.cascade.accepts(row.data(), one.cascade.size())) continue;
        ++accepted;
        outside += boxes_around(boxes, row.data(), d) == 1 ? 0 : 1;
      }
      EXPECT_GE(accepted, 100u);
      EXPECT_EQ(outside, 0u) << "accepted points that are not in exactly one box, of " << accepted;
      EXPECT_NEAR(static_cast<double>(inside_some) / 1000, mass, 5 * std::sqrt(mass / 1000))
          << "share of random rows in boxes";
    }
    EXPECT_GT(boxes.boxes(), 1u);  // three are exact for the small trees of b2
    EXPECT_LT(boxes.live_mass(), 0.6);
  }
}

TEST(Partition, IsTheSameForAnyNumberOfThreads) {
  for (const Case& one : cases()) {
    const std::size_t d = one.cascade.space().dimensions();
    Partition expected(one.cascade, one.cascade.size());
    double cost = expected.refine({.proposals = 1e6, .max_boxes = 3000, .threads = 1}, {});
    cost += expected.refine({.proposals = 1e9, .max_boxes = 3000, .threads = 1}, {});
    for (const unsigned threads : {2u, 3u, 8u}) {
      Partition boxes(one.cascade, one.cascade.size());
      double own = boxes.refine({.proposals = 1e6, .max_boxes = 3000, .threads = threads}, {});
      own += boxes.refine({.proposals = 1e9, .max_boxes = 3000, .threads = threads}, {});
      EXPECT_TRUE(same(boxes, expected, d)) << one.name << ", " << threads << " threads";
      EXPECT_EQ(own, cost);
    }
  }
}

TEST(Partition, RespectsTheLimit) {
  const Case one = cases().front();
  for (const std::size_t limit : {1u, 2u, 3u, 63u, 64u, 65u, 100u, 1000u}) {
    Partition boxes(one.cascade, one.cascade.size());
    for (int i = 0; i < 3; ++i) {
      boxes.refine({.proposals = 1e12, .max_boxes = limit, .threads = 2}, {});
      EXPECT_LE(boxes.boxes(), limit);
    }
  }
  SampleRequest request{.seed = 1, .count = 20'000, .classifiers = one.cascade.size()};
  for (const std::size_t memory : {std::size_t{0}, std::size_t{2000}, std::size_t{100'000}}) {
    request.memory = memory;
    const SampleResult result = sample(one.cascade, request, {});
    EXPECT_LE(result.boxes * Partition::bytes_per_box(6, one.cascade.size()),
              std::max(memory, Partition::bytes_per_box(6, one.cascade.size())));
  }
}

TEST(Partition, BoxesAreChosenByMass) {
  const Case one = std::move(cases()[2]);
  const CodeSpace& space = one.cascade.space();
  Partition boxes(one.cascade, one.cascade.size());
  boxes.refine({.proposals = 1e7, .max_boxes = 60, .threads = 1}, {});
  ASSERT_GT(boxes.boxes(), 5u);
  constexpr int kDraws = 200'000;
  Random random(12);
  std::vector<double> counts(boxes.boxes());
  for (int i = 0; i < kDraws; ++i) ++counts[boxes.box_of(random.bits())];
  double chi = 0;
  for (std::size_t b = 0; b < boxes.boxes(); ++b) {
    const double expected = kDraws * mass_of(boxes, b, space) / boxes.live_mass();
    chi += std::pow(counts[b] - expected, 2) / expected;
  }
  EXPECT_LT(chi, chi_square_limit(static_cast<double>(boxes.boxes() - 1)));
  EXPECT_LT(boxes.box_of(~0ull), boxes.boxes());
  EXPECT_EQ(boxes.box_of(0), 0u);
}

TEST(Partition, ProvesThatARegionIsEmpty) {
  const Cascade cascade =
      Cascade(plain_space({32768, 32768})).with(below(2, 0, 10)).with(Forest(Model{2, {stump(0, 10, -1.0f, 1.0f)}}));
  Partition boxes(cascade, 2);
  boxes.refine({.proposals = 1e9, .max_boxes = 100, .threads = 2}, {});
  EXPECT_EQ(boxes.boxes(), 0u);
  EXPECT_EQ(boxes.live_mass(), 0);
  EXPECT_EQ(boxes.refine({.proposals = 1e9, .max_boxes = 100, .threads = 2}, {}), 0);
  const std::string message =
      error_of(ErrorCode::kEmptyRegion, [&] { sample(cascade, {.count = 5, .classifiers = 2}, {}); });
  EXPECT_NE(message.find("nothing that all classifiers accept"), std::string::npos) << message;
  EXPECT_NE(message.find("0 of 5"), std::string::npos) << message;
  EXPECT_NE(message.find("0 % of the space is accepted, proven"), std::string::npos) << message;
}

TEST(Partition, SupportsOnlyWhatHasAKernel) {
  Random random(13);
  Cascade cascade(plain_space({32768, 32768}));
  EXPECT_FALSE(Partition::supports(cascade, 0));
  for (int k = 0; k < 65; ++k) cascade = cascade.with(below(2, 0, 32000 - k));
  EXPECT_TRUE(Partition::supports(cascade, 64));
  EXPECT_FALSE(Partition::supports(cascade, 65));
  // All 64 bits of the set of undecided classifiers are used.
  Partition boxes(cascade, 64);
  boxes.refine({.proposals = 1e9, .max_boxes = 100, .threads = 1}, {});
  EXPECT_LE(boxes.live_mass(), (32000 - 63) / 32768.0 + 1e-12);
  EXPECT_GE(boxes.live_mass(), (32000 - 63) / 32768.0 - 1e-12);
  const SampleResult result = sample(cascade, {.seed = 1, .count = 100, .classifiers = 65}, {});
  EXPECT_EQ(result.rejections.size(), 100u);
}

TEST(Partition, RefiningStopsSoonAfterCancel) {
  const double limit = kSanitized ? 2000 : 50;
  const Cascade cascade = searched_cascade(plain_space(std::vector<std::uint32_t>(6, 32768)), 8, 60, 3, {}, hartmann6);
  for (const unsigned threads : {1u, 2u, 8u}) {
    double best = 1e9;
    for (int attempt = 0; attempt < 3 && best > limit; ++attempt) {
      Partition boxes(cascade, cascade.size());
      CancelToken token;
      std::chrono::steady_clock::time_point at;
      bool finished = false;
      {
        JoiningThread canceller([&] {
          std::this_thread::sleep_for(std::chrono::milliseconds(60));
          at = std::chrono::steady_clock::now();
          token.cancel();
        });
        try {
          boxes.refine({.proposals = 1e18, .max_boxes = 1'000'000, .threads = threads}, token);
          finished = true;
        } catch (const Cancelled&) {
          const auto end = std::chrono::steady_clock::now();
          canceller.join();
          best = std::min(best, std::chrono::duration<double, std::milli>(end - at).count());
        }
      }
      ASSERT_FALSE(finished) << "nothing was cancelled";
    }
    EXPECT_LT(best, limit) << threads << " threads";
    RecordProperty("ms " + std::to_string(threads), std::to_string(best));
  }
}

}  // namespace
}  // namespace shac::test
