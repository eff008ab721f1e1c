// The kernel for AVX-512BW: 32 lanes. Compiled with -mavx512bw where the compiler has it.
#include "core/kernel.h"

#ifdef __AVX512BW__
#include <immintrin.h>

namespace shac {
namespace {

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
  static Mask choose(Mask mask, Mask a, Mask b) { return (mask & a) | (~mask & b); }
  static Table table8(const std::int16_t* leaves) {
    return _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(leaves)));
  }
  static Lanes lookup8(Table table, Mask m0, Mask m1, Mask m2) {
    const __m512i entry =
        _mm512_or_si512(_mm512_maskz_mov_epi16(m0, splat(4)),
                        _mm512_or_si512(_mm512_maskz_mov_epi16(m1, splat(2)), _mm512_maskz_mov_epi16(m2, splat(1))));
    return _mm512_permutexvar_epi16(entry, table);
  }
  static std::uint32_t below(Lanes least, const std::int16_t* sums) {
    return _mm512_cmpgt_epi16_mask(least, load(sums));
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

#include "core/kernel_impl.h"

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
