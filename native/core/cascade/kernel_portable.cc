// The kernel for any processor: 16-byte vectors of the compiler's own (SSE2 on x86-64, NEON on ARM64).
#include <cstring>

#include "core/cascade/kernel.h"

namespace shac {
namespace {

struct Vector {
  static constexpr std::size_t kLanes = 8;
  typedef std::int16_t Lanes __attribute__((vector_size(16)));
  using Mask = Lanes;
  struct Table {
    Lanes leaves[8];
  };

  static Lanes load(const std::int16_t* from) {
    Lanes lanes;
    std::memcpy(&lanes, from, sizeof lanes);
    return lanes;
  }
  static void store(std::int16_t* to, Lanes lanes) { std::memcpy(to, &lanes, sizeof lanes); }
  static Lanes splat(std::int16_t value) { return value - Lanes{}; }
  static Lanes add(Lanes a, Lanes b) { return a + b; }
  static Mask left(Lanes threshold, const std::int16_t* codes) { return load(codes) < threshold; }
  static Lanes select(Mask mask, Lanes a, Lanes b) { return (mask & a) | (~mask & b); }

  using Turn = Mask;
  static Turn turn(Lanes threshold, const std::int16_t* codes) { return left(threshold, codes); }
  static Turn choose(Turn turn, Turn a, Turn b) { return select(turn, a, b); }
  static Table table8(const std::int16_t* leaves) {
    Table table;
    for (int i = 0; i < 8; ++i) table.leaves[i] = splat(leaves[i]);
    return table;
  }
  static Lanes lookup8(const Table& t, Mask m0, Mask m1, Mask m2) {
    const Lanes a = select(m2, t.leaves[1], t.leaves[0]);
    const Lanes b = select(m2, t.leaves[3], t.leaves[2]);
    const Lanes c = select(m2, t.leaves[5], t.leaves[4]);
    const Lanes d = select(m2, t.leaves[7], t.leaves[6]);
    return select(m0, select(m1, d, c), select(m1, b, a));
  }
  static std::uint32_t below(Lanes least, const std::int16_t* sums) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < kLanes; ++i) bits |= std::uint32_t{sums[i] < least[i]} << i;
    return bits;
  }
  static std::size_t write_bits(std::uint32_t bits, std::size_t first, std::uint16_t* to) {
    std::size_t count = 0;
    for (; bits != 0; bits &= bits - 1) to[count++] = static_cast<std::uint16_t>(first + __builtin_ctz(bits));
    return count;
  }

  static constexpr std::size_t kWideLanes = 4;
  struct Wide {
    std::uint64_t lanes[kWideLanes];
  };
  static Wide wide(std::uint32_t value) { return {{value, value, value, value}}; }
  static Wide gather(const std::uint64_t* draws, int part) {
    draws += part * 4;
    return {{draws[0], draws[1], draws[2], draws[3]}};
  }
  static Wide mul32(Wide a, Wide b) {
    for (std::size_t i = 0; i < kWideLanes; ++i) a.lanes[i] = (a.lanes[i] & 0xffffffff) * (b.lanes[i] & 0xffffffff);
    return a;
  }
  static Wide shr32(Wide a) {
    for (std::size_t i = 0; i < kWideLanes; ++i) a.lanes[i] >>= 32;
    return a;
  }
  static Wide bit_xor(Wide a, Wide b) {
    for (std::size_t i = 0; i < kWideLanes; ++i) a.lanes[i] ^= b.lanes[i];
    return a;
  }
  static void scatter_halves(const Wide* words, std::uint16_t* low, std::uint16_t* high) {
    for (std::size_t i = 0; i < 4 * kWideLanes; ++i) {
      const std::uint64_t word = words[i / kWideLanes].lanes[i % kWideLanes];
      low[i] = static_cast<std::uint16_t>(word);
      high[i] = static_cast<std::uint16_t>(word >> 16);
    }
  }
};

}  // namespace
}  // namespace shac

#include "core/cascade/kernel_impl.h"

namespace shac {
namespace {
constexpr Kernel kKernel{Isa::kPortable, "portable", kernel_sums, kernel_bits, kernel_select};
}
const Kernel* const kPortableKernel = &kKernel;
}  // namespace shac
