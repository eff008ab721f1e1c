// A Drawer draws what draw_codes() defines.
#include "core/sampler/drawer.h"

#include "core/sampler/draw.h"
#include "test/conditions.h"
#include "test/support.h"

namespace shac::test {
namespace {

// Stumps on every feature, so that all are read.
Cascade reading_all(CodeSpace space) {
  const std::size_t d = space.dimensions();
  Model model{d, {}};
  for (std::size_t j = 0; j < d; ++j) {
    const auto half = static_cast<std::int32_t>(std::max(1u, space.levels[j] / 2));
    model.trees.push_back(
        stump(static_cast<std::int32_t>(j), half, j % 2 == 0 ? 1.0f : -1.2f, j % 3 == 0 ? -1.5f : 0.9f));
  }
  return Cascade(std::move(space)).with(Forest(std::move(model)));
}

void expect_same_draws(const Cascade& cascade, const Partition* boxes, Random& random) {
  const std::size_t d = cascade.space().dimensions();
  for (const Kernel* kernel : available_kernels()) {
    const std::uint64_t seed = random.bits();
    const auto stream = static_cast<std::uint32_t>(random.bits());
    Drawer drawer(cascade, boxes, *kernel, seed, stream);
    for (const std::size_t count : {std::size_t{1}, std::size_t{31}, std::size_t{200}, kBlock}) {
      std::vector<std::uint64_t> draws(kBlock);
      for (auto& draw : draws) draw = random.bits() >> random.below(40);
      std::vector<std::uint32_t> chosen(kBlock);
      if (boxes != nullptr) drawer.choose_boxes(draws.data(), count, chosen.data());
      std::vector<std::int16_t> codes(d * kBlock);
      drawer.draw_all(draws.data(), chosen.data(), count, codes.data());
      for (std::size_t i = 0; i < count; ++i) {
        std::vector<std::uint16_t> row(d);
        if (boxes == nullptr) draw_codes(cascade.space(), seed, stream, draws[i], row.data());
        if (boxes != nullptr) draw_codes(*boxes, seed, stream, draws[i], row.data());
        for (std::size_t j = 0; j < d; ++j) {
          if (!cascade.reads(j)) continue;
          ASSERT_EQ(static_cast<std::uint16_t>(codes[j * kBlock + i]), row[j])
              << kernel->name << ", coordinate " << j << " with " << cascade.space().levels[j] << " levels";
          if (boxes == nullptr) continue;
          ASSERT_GE(row[j], boxes->range(chosen[i], j).begin);
          ASSERT_LT(row[j], boxes->range(chosen[i], j).end);
        }
      }
    }
  }
}

CodeSpace space_of_every_kind(Random& random) {
  CodeSpace space = plain_space({1, 2, 3, 10, 16, 1000, 32768, 32767, 7, 10000, 4096, 6, 32768, 5, 64, 32768, 9});
  for (const std::size_t j : {4u, 8u, 9u, 12u, 13u}) space.snaps[j] = random_snap(random, space.levels[j]);
  return space;
}

TEST(Drawer, DrawsThePrior) {
  Random random(5);
  for (int round = 0; round < 5; ++round) expect_same_draws(reading_all(space_of_every_kind(random)), nullptr, random);
}

TEST(Drawer, DrawsWhatIsActive) {
  Random random(7);
  for (const CodeSpace& space : {tree_space(), switches(17)}) {
    Cascade cascade = reading_all(space);
    expect_same_draws(cascade, nullptr, random);
    for (int k = 0; k < 3; ++k) cascade = cascade.with(noisy_forest(random, 30, cascade.space().levels, 3, 30));
    Partition boxes(cascade, cascade.size());
    expect_same_draws(cascade, &boxes, random);
    boxes.refine({.proposals = 1e9, .max_boxes = 500, .threads = 1}, {});
    ASSERT_GT(boxes.boxes(), 10u);
    expect_same_draws(cascade, &boxes, random);
  }
}

TEST(Drawer, LeavesOutWhatNoClassifierReads) {
  const Cascade cascade = Cascade(plain_space({32768, 10, 32768})).with(below(3, 1, 5));
  Drawer drawer(cascade, nullptr, best_kernel(), 1, 1);
  std::vector<std::uint64_t> draws(kBlock);
  std::vector<std::int16_t> codes(3 * kBlock, -1);
  drawer.draw(0, draws.data(), nullptr, kBlock, codes.data());
  EXPECT_EQ(codes[0], -1);
  EXPECT_GE(codes[kBlock], 0);
  EXPECT_EQ(codes[2 * kBlock], -1);
}

TEST(Drawer, DrawsProposalsFromAPartition) {
  Random random(6);
  for (int round = 0; round < 4; ++round) {
    Cascade cascade = reading_all(space_of_every_kind(random));
    for (int k = 0; k < 3; ++k) cascade = cascade.with(noisy_forest(random, 30, cascade.space().levels, 3, 30));
    Partition boxes(cascade, cascade.size());
    expect_same_draws(cascade, &boxes, random);
    boxes.refine({.proposals = 1e9, .max_boxes = 500, .threads = 1}, {});
    ASSERT_GT(boxes.boxes(), 10u);
    expect_same_draws(cascade, &boxes, random);
  }
}

}  // namespace
}  // namespace shac::test
