// Moves of a block of chains, compared with a plain loop that asks XGBoost's margins.
#include "core/sampler/sweeper.h"

#include "core/sampler/draw.h"
#include "core/sampler/sampler.h"
#include "test/conditions.h"
#include "test/support.h"

namespace shac::test {
namespace {

constexpr std::uint64_t kSeed = 51;

using Row = std::vector<std::uint16_t>;

bool inside(const Cascade& cascade, std::size_t classifiers, const Row& row) {
  for (std::size_t k = 0; k < classifiers; ++k) {
    if (!(cascade.forest(k).margin(row.data()) > 0)) return false;
  }
  return true;
}

// The codes that coordinate j and those that depend on it are to take, those they depend on being as they are.
Row proposed(const Cascade& cascade, std::uint64_t draw, std::size_t j, Row row) {
  const CodeSpace& space = cascade.space();
  const auto dependants = space.conditions.dependants(j);
  const bool alone = !space.conditions.on(j) && dependants.empty();
  Row plain(row.size());
  draw_plain(space, kSeed, 0, alone ? draw : draw | std::uint64_t{j + 1} << Sweeper::kPartShift, plain.data());
  row[j] = plain[j];
  if (space.conditions.on(j)) space.conditions.settle(row.data(), j);
  for (const std::uint32_t k : dependants) {
    row[k] = plain[k];
    space.conditions.settle(row.data(), k);
  }
  return row;
}

// The definition: each coordinate in turn takes its code of the draw, where all classifiers accept the row with it.
void plain_sweep(const Cascade& cascade, std::size_t classifiers, std::uint64_t draw, Row& row) {
  for (std::size_t j = 0; j < row.size(); ++j) {
    if (!cascade.reads(j)) continue;
    const Row moved = proposed(cascade, draw, j, row);
    if (inside(cascade, classifiers, moved)) row = moved;
  }
}

// Rows that the first classifiers accept, for every lane of a block.
std::vector<Row> rows_inside(const Cascade& cascade, std::size_t classifiers) {
  const std::size_t d = cascade.space().dimensions();
  const SampleResult sampled = sample(cascade, {.seed = 52, .count = kBlock, .classifiers = classifiers}, {});
  std::vector<Row> rows;
  for (std::size_t i = 0; i < kBlock; ++i) {
    rows.emplace_back(sampled.codes.begin() + static_cast<std::ptrdiff_t>(i * d),
                      sampled.codes.begin() + static_cast<std::ptrdiff_t>((i + 1) * d));
  }
  return rows;
}

void expect_moves_of_the_plain_loop(const Cascade& cascade) {
  const Readers readers(cascade, cascade.size());
  const std::size_t d = cascade.space().dimensions();
  for (const std::size_t classifiers : {std::size_t{0}, std::size_t{1}, std::size_t{4}, cascade.size()}) {
    const std::vector<Row> start = rows_inside(cascade, classifiers);
    for (const Kernel* kernel : available_kernels()) {
      Sweeper sweeper(cascade, readers, *kernel, kSeed, 0);
      std::vector<std::int16_t> codes(d * kBlock);
      std::vector<Row> expected = start;
      for (std::size_t lane = 0; lane < kBlock; ++lane) {
        for (std::size_t j = 0; j < d; ++j) codes[j * kBlock + lane] = static_cast<std::int16_t>(start[lane][j]);
      }
      sweeper.enter(classifiers, codes.data());
      std::size_t moved = 0;
      for (std::uint64_t first = 0; first < 12 * kBlock; first += kBlock) {
        sweeper.sweep(first, codes.data(), {});
        for (std::size_t lane = 0; lane < kBlock; ++lane) {
          plain_sweep(cascade, classifiers, first + lane, expected[lane]);
          for (std::size_t j = 0; j < d; ++j) {
            if (!cascade.reads(j)) continue;
            ASSERT_EQ(static_cast<std::uint16_t>(codes[j * kBlock + lane]), expected[lane][j])
                << kernel->name << ", " << classifiers << " classifiers, sweep " << first / kBlock;
          }
        }
      }
      for (std::size_t lane = 0; lane < kBlock; ++lane) moved += expected[lane] != start[lane] ? 1 : 0;
      EXPECT_EQ(moved, kBlock);
    }
  }
}

TEST(Sweeper, MovesAsThePlainLoopDoes) {
  Random random(17);
  CodeSpace mixed = plain_space({32768, 4, 32768, 1000, 2, 32768, 32768, 7, 32768, 32768});
  mixed.snaps[3] = random_snap(random, 1000);
  Cascade cascade = searched_cascade(mixed, 4, 40, 53, {}, distance_to_middle);
  cascade = cascade.with(noisy_forest(random, 200, mixed.levels, 7, 30));
  cascade = cascade.with(noisy_forest(random, 50, mixed.levels, 3, 100));
  cascade = cascade.with(below(10, 0, 30'000));
  ASSERT_FALSE(cascade.forest(4).has_kernel());
  ASSERT_TRUE(cascade.forest(5).has_kernel());
  expect_moves_of_the_plain_loop(cascade);
}

TEST(Sweeper, MovesWhatDependsOnACoordinateWithIt) {
  Random random(19);
  Cascade cascade = searched_cascade(tree_space(), 4, 40, 54, {}, distance_to_middle);
  cascade = cascade.with(noisy_forest(random, 200, cascade.space().levels, 7, 30));
  cascade = cascade.with(below(10, 0, 30'000));
  ASSERT_FALSE(cascade.forest(4).has_kernel());
  expect_moves_of_the_plain_loop(cascade);
}

TEST(Sweeper, TellsWhichLanesAClassifierAccepts) {
  Random random(18);
  const std::vector<std::uint32_t> levels(6, 32768);
  Cascade cascade(plain_space(levels));
  cascade = cascade.with(noisy_forest(random, 60, levels, 3, 100)).with(noisy_forest(random, 200, levels, 6, 30));
  const Readers readers(cascade, 2);
  Sweeper sweeper(cascade, readers, best_kernel(), kSeed, 0);
  std::vector<std::int16_t> codes(6 * kBlock);
  sweeper.draw(1000, codes.data());
  for (std::size_t k = 0; k < 2; ++k) {
    std::vector<std::uint16_t> expected;
    for (std::uint16_t lane = 0; lane < kBlock; ++lane) {
      Row row(6);
      draw_codes(cascade.space(), kSeed, 0, 1000u + lane, row.data());
      for (std::size_t j = 0; j < 6; ++j) ASSERT_EQ(codes[j * kBlock + lane], row[j]) << "every coordinate is read";
      if (cascade.forest(k).margin(row.data()) > 0) expected.push_back(lane);
    }
    const auto accepted = sweeper.accepted(cascade.forest(k), codes.data());
    EXPECT_EQ(std::vector<std::uint16_t>(accepted.begin(), accepted.end()), expected);
    EXPECT_TRUE(!expected.empty() && expected.size() < kBlock);
  }
}

}  // namespace
}  // namespace shac::test
