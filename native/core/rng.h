// Counter-based random numbers: every value is a pure function of (seed, stream, draw, coordinate), so results do not
// depend on how many threads draw or in which order.
//
// The generator is Philox4x32 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011) with
// the 7 rounds that the authors found to pass every test of BigCrush.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace shac {

using Words = std::array<std::uint32_t, 4>;

inline constexpr int kPhiloxRounds = 7;

inline Words philox4x32(Words counter, std::uint64_t key, int rounds = kPhiloxRounds) {
  std::uint32_t k0 = static_cast<std::uint32_t>(key);
  std::uint32_t k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ k0, static_cast<std::uint32_t>(p1),
               static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ k1, static_cast<std::uint32_t>(p0)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return counter;
}

// One block of random bits holds 16 bits for each of 8 coordinates. A coordinate whose levels are no power of two takes
// 16 more from the block's extension.
inline constexpr std::uint32_t kCoordinatesPerBlock = 8;
inline constexpr std::uint32_t kExtensionBlocks = 0x40000000u;
inline constexpr std::uint32_t kOffsetBlocks = 0x80000000u;
inline constexpr std::uint32_t kBoxBlock = 0xC0000000u;  // its first two words choose the box of a proposal

// One independent sequence of draws. `stream` separates uses of one seed (a stage, a call of predict, a shuffle).
class Stream {
 public:
  Stream(std::uint64_t seed, std::uint32_t stream) : seed_(seed), stream_(stream) {}

  // 16 random bits for coordinate i of 8*block .. 8*block+7 in words[i / 2], even ones in the low half.
  Words bits(std::uint64_t draw, std::uint32_t block) const { return words(draw, block); }

  // Place of the value inside its cell: uniform in (0, 1), 52 bits.
  double offset(std::uint64_t draw, std::uint32_t coordinate) const {
    return offset_pair(draw, coordinate / 2)[coordinate % 2];
  }
  // Those of the coordinates 2*pair and 2*pair+1.
  std::array<double, 2> offset_pair(std::uint64_t draw, std::uint32_t pair) const {
    const Words w = words(draw, kOffsetBlocks | pair);
    const auto place = [&w](std::size_t at) {
      const std::uint64_t bits = (std::uint64_t{w[at]} << 20) | (w[at + 1] >> 12);
      return (static_cast<double>(bits) + 0.5) * 0x1p-52;
    };
    return {place(0), place(2)};
  }

 private:
  Words words(std::uint64_t draw, std::uint32_t block) const {
    return philox4x32({block, static_cast<std::uint32_t>(draw), static_cast<std::uint32_t>(draw >> 32), stream_},
                      seed_);
  }

  std::uint64_t seed_;
  std::uint32_t stream_;
};

// 32 random bits -> a whole number below `levels`, each with probability 1/levels (to within levels / 2^32).
inline std::uint32_t scale_to_levels(std::uint32_t bits, std::uint32_t levels) {
  return static_cast<std::uint32_t>((std::uint64_t{bits} * levels) >> 32);
}

// The raw code of a coordinate from its bits. `extension` is read only where needs_extension(levels).
inline bool needs_extension(std::uint32_t levels) { return !std::has_single_bit(levels); }
inline std::uint16_t raw_code(std::uint16_t bits, std::uint16_t extension, std::uint32_t levels) {
  if (!needs_extension(levels)) return static_cast<std::uint16_t>(bits >> (16 - std::countr_zero(levels)));
  return static_cast<std::uint16_t>(scale_to_levels((std::uint32_t{bits} << 16) | extension, levels));
}

}  // namespace shac
