#include "core/rng.h"

#include <set>
#include <tuple>

#include "core/sampler/draw.h"
#include "test/support.h"

namespace shac::test {
namespace {

std::uint64_t key(std::uint32_t k0, std::uint32_t k1) { return std::uint64_t{k1} << 32 | k0; }

// Random123, tests/kat_vectors.
TEST(Philox, MatchesRandom123TenRounds) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, 0, 10), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({~0u, ~0u, ~0u, ~0u}, ~0ull, 10), (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, key(0xa4093822, 0x299f31d0), 10),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, MatchesRandom123SevenRounds) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, 0, 7), (Words{0x5f6fb709, 0x0d893f64, 0x4f121f81, 0x4f730a48}));
  EXPECT_EQ(philox4x32({~0u, ~0u, ~0u, ~0u}, ~0ull, 7), (Words{0x5207ddc2, 0x45165e59, 0x4d8ee751, 0x8c52f662}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, key(0xa4093822, 0x299f31d0), 7),
            (Words{0x4dfccaba, 0x190a87f0, 0xc47362ba, 0xb6b5242a}));
}

TEST(ScaleToLevels, EachCodeGetsItsShareOfTheBits) {
  for (const std::uint32_t levels : {1u, 2u, 3u, 10u, 1000u, 32768u}) {
    EXPECT_EQ(scale_to_levels(0, levels), 0u);
    EXPECT_EQ(scale_to_levels(~0u, levels), levels - 1);
    for (std::uint32_t code = 1; code < levels; ++code) {
      // The first bits of a code are at ceil(code * 2^32 / levels): shares differ by one value of 2^32 at most.
      const auto first = static_cast<std::uint32_t>(((std::uint64_t{code} << 32) + levels - 1) / levels);
      ASSERT_EQ(scale_to_levels(first, levels), code);
      ASSERT_EQ(scale_to_levels(first - 1, levels), code - 1);
    }
  }
}

// 16 bits of one of a block's coordinates.
std::uint16_t half(const Words& words, std::size_t coordinate) {
  return static_cast<std::uint16_t>(words[coordinate / 2] >> (16 * (coordinate % 2)));
}

TEST(RawCode, EachCodeGetsItsShareOfTheBits) {
  for (const std::uint32_t levels : {1u, 2u, 16u, 32768u}) {
    ASSERT_FALSE(needs_extension(levels));
    std::vector<std::uint32_t> counts(levels);
    for (std::uint32_t bits = 0; bits < 65536; ++bits) {
      ++counts[raw_code(static_cast<std::uint16_t>(bits), static_cast<std::uint16_t>(bits * 7), levels)];
    }
    EXPECT_EQ(counts, std::vector<std::uint32_t>(levels, 65536 / levels));
  }
  for (const std::uint32_t levels : {3u, 10u, 10000u, 32767u}) {
    ASSERT_TRUE(needs_extension(levels));
    EXPECT_EQ(raw_code(0, 0, levels), 0u);
    EXPECT_EQ(raw_code(0xffff, 0xffff, levels), levels - 1);
  }
}

TEST(Stream, CodesAreUniform) {
  const std::vector<std::uint32_t> all_levels{2, 3, 10, 1000, 32768};
  const Stream random(11, 3);
  for (const std::uint32_t block : {0u, 24u}) {
    // counts[level][coordinate of the block][code]
    std::vector<std::vector<std::vector<std::uint64_t>>> counts;
    for (const std::uint32_t levels : all_levels) counts.emplace_back(8, std::vector<std::uint64_t>(levels));
    for (std::uint64_t draw = 0; draw < 200'000; ++draw) {
      const Words bits = random.bits(draw, block);
      const Words extension = random.bits(draw, kExtensionBlocks | block);
      for (std::size_t l = 0; l < all_levels.size(); ++l) {
        for (std::size_t c = 0; c < 8; ++c) ++counts[l][c][raw_code(half(bits, c), half(extension, c), all_levels[l])];
      }
    }
    for (std::size_t l = 0; l < all_levels.size(); ++l) {
      for (std::size_t c = 0; c < 8; ++c) {
        EXPECT_LT(chi_square_uniform(counts[l][c]), chi_square_limit(all_levels[l] - 1))
            << all_levels[l] << " levels, block " << block << ", coordinate " << c;
      }
    }
  }
}

TEST(Stream, OffsetsAreUniformStrictlyInsideTheUnitInterval) {
  const Stream random(5, 0);
  std::vector<std::uint64_t> high(1000), low(1000);
  std::set<double> distinct;
  constexpr std::uint64_t kDraws = 100'000;
  for (std::uint64_t index = 0; index < kDraws; ++index) {
    for (const std::uint32_t coordinate : {0u, 1u, 6u, 99u}) {
      const double offset = random.offset(index, coordinate);
      ASSERT_GT(offset, 0.0);
      ASSERT_LT(offset, 1.0);
      ++high[static_cast<std::size_t>(offset * 1000)];
      const double fine = offset * 0x1p40;  // the bits that only the second word provides
      ++low[static_cast<std::size_t>((fine - std::floor(fine)) * 1000)];
      distinct.insert(offset);
    }
  }
  EXPECT_LT(chi_square_uniform(high), chi_square_limit(999));
  EXPECT_EQ(distinct.size(), 4 * kDraws) << "52 random bits: a repetition has a chance of 2e-5";
  // 12 bits in 1000 bins do not divide evenly (4 or 5 values a bin), so compare with that, not with uniform.
  double chi = 0;
  for (std::size_t bin = 0; bin < 1000; ++bin) {
    const auto values = static_cast<double>(std::ceil((static_cast<double>(bin) + 1) * 4.096 - 0.5) -
                                            std::ceil(static_cast<double>(bin) * 4.096 - 0.5));
    const double expected = 4 * kDraws * values / 4096;
    chi += std::pow(static_cast<double>(low[bin]) - expected, 2) / expected;
  }
  EXPECT_LT(chi, chi_square_limit(999));
}

TEST(Stream, DrawsAndCoordinatesAreUncorrelated) {
  constexpr std::size_t kDraws = 100'000;
  constexpr std::uint32_t kCoordinates = 12;
  constexpr double kLimit = 5 / 316.2;  // five standard deviations of the correlation of independent variables
  const Stream random(77, 1);
  std::vector<std::vector<double>> codes(kCoordinates), offsets(kCoordinates);
  for (std::size_t index = 0; index < kDraws; ++index) {
    for (std::uint32_t j = 0; j < kCoordinates; ++j) {
      codes[j].push_back(half(random.bits(index, j / 8), j % 8));
      offsets[j].push_back(random.offset(index, j));
    }
  }
  for (std::uint32_t a = 0; a < kCoordinates; ++a) {
    for (std::uint32_t b = 0; b < kCoordinates; ++b) {
      EXPECT_LT(std::abs(correlation(codes[a], offsets[b])), kLimit) << "code " << a << ", offset " << b;
      if (a >= b) continue;
      EXPECT_LT(std::abs(correlation(codes[a], codes[b])), kLimit) << "codes " << a << ", " << b;
      EXPECT_LT(std::abs(correlation(offsets[a], offsets[b])), kLimit) << "offsets " << a << ", " << b;
    }
    for (const int lag : {1, 2, 3, 4, 1024}) {
      for (const auto* series : {&codes[a], &offsets[a]}) {
        EXPECT_LT(std::abs(correlation({series->begin() + lag, series->end()}, *series)), kLimit) << "lag " << lag;
      }
    }
  }
}

TEST(Stream, SeedsStreamsIndicesAndBlocksAllMatter) {
  std::set<Words> seen;
  std::size_t made = 0;
  for (const std::uint64_t seed : {0ull, 1ull, 1ull << 32, ~0ull}) {
    for (const std::uint32_t stream : {0u, 1u, 2u, ~0u}) {
      for (const std::uint64_t index : {0ull, 1ull, 2ull, 1ull << 32, 1ull << 63}) {
        for (const std::uint32_t block : {0u, 1u, 2u, 1000u}) {
          seen.insert(Stream(seed, stream).bits(index, block));
          ++made;
        }
      }
    }
  }
  EXPECT_EQ(seen.size(), made);
}

TEST(Stream, StreamsAreUncorrelated) {
  std::vector<std::vector<double>> series;
  for (const auto& [seed, stream] : {std::pair{9ull, 0u}, {9ull, 1u}, {10ull, 0u}}) {
    auto& values = series.emplace_back();
    for (std::uint64_t index = 0; index < 100'000; ++index)
      values.push_back(half(Stream(seed, stream).bits(index, 0), 0));
  }
  EXPECT_LT(std::abs(correlation(series[0], series[1])), 5 / 316.2);
  EXPECT_LT(std::abs(correlation(series[0], series[2])), 5 / 316.2);
}

TEST(DrawCodes, DependOnTheIndexAlone) {
  const CodeSpace space = plain_space({32768, 2, 10, 1000, 3, 32768, 7});
  constexpr std::uint64_t kDraws = 1000;
  std::vector<std::vector<std::uint16_t>> forward(kDraws, std::vector<std::uint16_t>(7));
  for (std::uint64_t i = 0; i < kDraws; ++i) draw_codes(space, 42, 6, i, forward[i].data());
  Random random(1);
  for (int repeat = 0; repeat < 3000; ++repeat) {
    const std::uint64_t i = random.below(kDraws);
    std::vector<std::uint16_t> row(7, 0xffff);
    draw_codes(space, 42, 6, i, row.data());
    ASSERT_EQ(row, forward[i]);
    for (std::size_t j = 0; j < 7; ++j) ASSERT_LT(row[j], space.levels[j]);
  }
  // A coordinate's code does not depend on how many coordinates follow it.
  std::vector<std::uint16_t> shorter(2);
  draw_codes(plain_space({32768, 2}), 42, 6, 17, shorter.data());
  EXPECT_EQ(shorter, std::vector<std::uint16_t>(forward[17].begin(), forward[17].begin() + 2));
}

}  // namespace
}  // namespace shac::test
