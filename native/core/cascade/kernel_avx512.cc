// The kernel for AVX-512 with BW and VBMI2: 32 lanes. Compiled with -mavx512bw -mavx512vbmi2.
#include "core/cascade/kernel.h"

#if defined(__AVX512BW__) && defined(__AVX512VBMI2__)
#include <immintrin.h>

namespace shac {
namespace {

constexpr std::int16_t kPlaces[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                      16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

struct Vector {
  static constexpr std::size_t kLanes = 32;
  using Lanes = __m512i;
  using Mask = __mmask32;
  using Table = __m512i;

  static Lanes load(const std::int16_t* from) { return _mm512_loadu_si512(from); }
  static void store(std::int16_t* to, Lanes lanes) { _mm512_storeu_si512(to, lanes); }
  static Lanes splat(std::int16_t value) { return _mm512_set1_epi16(value); }
  static Lanes add(Lanes a, Lanes b) { return _mm512_add_epi16(a, b); }
  static Mask left(Lanes threshold, const std::int16_t* codes) {
    return _mm512_cmpgt_epi16_mask(threshold, load(codes));
  }
  static Lanes select(Mask mask, Lanes a, Lanes b) { return _mm512_mask_blend_epi16(mask, b, a); }

  // In trees of three levels a turn is the sign bit of code - threshold: too few ports serve the mask registers for
  // so many comparisons.
  using Turn = __m512i;
  static Turn turn(Lanes threshold, const std::int16_t* codes) { return _mm512_sub_epi16(load(codes), threshold); }
  static Turn choose(Turn turn, Turn a, Turn b) { return _mm512_ternarylogic_epi32(turn, a, b, 0xca); }
  static Table table8(const std::int16_t* leaves) {
    return _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(leaves)));
  }
  // A lookup reads five bits of an entry: any of the table's four copies may answer.
  static Lanes lookup8(Table table, Turn t0, Turn t1, Turn t2) {
    const __m512i entry = _mm512_shldi_epi16(_mm512_shldi_epi16(_mm512_srli_epi16(t0, 15), t1, 1), t2, 1);
    return _mm512_permutexvar_epi16(entry, table);
  }
  static std::uint32_t below(Lanes least, const std::int16_t* sums) {
    return _mm512_cmpgt_epi16_mask(least, load(sums));
  }
  static std::size_t write_bits(std::uint32_t bits, std::size_t first, std::uint16_t* to) {
    const auto count = static_cast<unsigned>(__builtin_popcount(bits));
    const __m512i places = _mm512_add_epi16(splat(static_cast<std::int16_t>(first)), _mm512_loadu_si512(kPlaces));
    // Compressing straight to memory is microcode on some processors.
    const __m512i chosen = _mm512_maskz_compress_epi16(bits, places);
    _mm512_mask_storeu_epi16(to, static_cast<Mask>((std::uint64_t{1} << count) - 1), chosen);
    return count;
  }

  static constexpr std::size_t kWideLanes = 8;
  using Wide = __m512i;
  static Wide wide(std::uint32_t value) { return _mm512_set1_epi64(value); }
  static Wide gather(const std::uint64_t* draws, int part) { return _mm512_loadu_si512(draws + 8 * part); }
  static Wide mul32(Wide a, Wide b) { return _mm512_mul_epu32(a, b); }
  static Wide shr32(Wide a) { return _mm512_srli_epi64(a, 32); }
  static Wide bit_xor(Wide a, Wide b) { return _mm512_xor_si512(a, b); }
  static void scatter_halves(const Wide* words, std::uint16_t* low, std::uint16_t* high) {
    for (int v = 0; v < 4; ++v) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(low + 8 * v), _mm512_cvtepi64_epi16(words[v]));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(high + 8 * v),
                       _mm512_cvtepi64_epi16(_mm512_srli_epi64(words[v], 16)));
    }
  }
};

}  // namespace
}  // namespace shac

#include "core/cascade/kernel_impl.h"

namespace shac {
namespace {
constexpr Kernel kKernel{Isa::kAvx512, "avx512", kernel_sums, kernel_bits, kernel_select};
}
const Kernel* const kAvx512Kernel = &kKernel;
}  // namespace shac
#else
namespace shac {
const Kernel* const kAvx512Kernel = nullptr;
}
#endif
