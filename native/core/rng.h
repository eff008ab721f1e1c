// Counter-based random numbers: every value is a pure function of (seed, stream, index, lane), so results do not depend
// on how many threads draw or in which order.
//
// The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011).
#pragma once

#include <array>
#include <cstdint>

namespace shac {

using Words = std::array<std::uint32_t, 4>;

inline Words philox4x32(Words counter, std::uint64_t key, int rounds = 10) {
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

// One independent sequence of draws. `stream` separates uses of one seed (a stage, a call of predict, a shuffle).
class Stream {
 public:
  static constexpr int kCoordinatesPerBlock = 4;

  Stream(std::uint64_t seed, std::uint32_t stream) : seed_(seed), stream_(stream) {}

  // 32 random bits for each of the coordinates 4*block .. 4*block+3 of draw `index`.
  Words block(std::uint64_t index, std::uint32_t block) const { return words(index, block); }

  // Place of the value inside its cell: uniform in (0, 1), 52 bits, for coordinate `coordinate` of draw `index`.
  double offset(std::uint64_t index, std::uint32_t coordinate) const {
    const Words w = words(index, kOffsets | (coordinate / 2));
    const std::size_t at = 2 * (coordinate % 2);
    const std::uint64_t bits = (std::uint64_t{w[at]} << 20) | (w[at + 1] >> 12);
    return (static_cast<double>(bits) + 0.5) * 0x1p-52;
  }

 private:
  static constexpr std::uint32_t kOffsets = 0x80000000u;

  Words words(std::uint64_t index, std::uint32_t block) const {
    return philox4x32({block, static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), stream_},
                      seed_);
  }

  std::uint64_t seed_;
  std::uint32_t stream_;
};

// 32 random bits -> a code below `levels`, each with probability 1/levels (exactly so for powers of two, to within
// levels / 2^32 otherwise).
inline std::uint32_t scale_to_levels(std::uint32_t bits, std::uint32_t levels) {
  return static_cast<std::uint32_t>((std::uint64_t{bits} * levels) >> 32);
}

}  // namespace shac
