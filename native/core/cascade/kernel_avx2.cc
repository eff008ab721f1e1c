// The kernel for AVX2: 16 lanes. Compiled with -mavx2 where the compiler has it.
#include "core/cascade/kernel.h"

#ifdef __AVX2__
#include <immintrin.h>

namespace shac {
namespace {

struct Vector {
  static constexpr std::size_t kLanes = 16;
  using Lanes = __m256i;
  using Mask = __m256i;
  using Table = __m256i;

  static Lanes load(const std::int16_t* from) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)); }
  static void store(std::int16_t* to, Lanes lanes) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), lanes); }
  static Lanes splat(std::int16_t value) { return _mm256_set1_epi16(value); }
  static Lanes add(Lanes a, Lanes b) { return _mm256_add_epi16(a, b); }
  static Mask left(Lanes threshold, const std::int16_t* codes) { return _mm256_cmpgt_epi16(threshold, load(codes)); }
  static Lanes select(Mask mask, Lanes a, Lanes b) { return _mm256_blendv_epi8(b, a, mask); }

  using Turn = Mask;
  static Turn turn(Lanes threshold, const std::int16_t* codes) { return left(threshold, codes); }
  static Turn choose(Turn turn, Turn a, Turn b) { return select(turn, a, b); }
  static Table table8(const std::int16_t* leaves) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(leaves)));
  }
  // A byte shuffle looks up both bytes of entry e at 2e and 2e + 1.
  static Lanes lookup8(Table table, Mask m0, Mask m1, Mask m2) {
    const __m256i entry =
        _mm256_or_si256(_mm256_or_si256(_mm256_and_si256(m0, _mm256_set1_epi16(0x0808)),
                                        _mm256_and_si256(m1, _mm256_set1_epi16(0x0404))),
                        _mm256_or_si256(_mm256_and_si256(m2, _mm256_set1_epi16(0x0202)), _mm256_set1_epi16(0x0100)));
    return _mm256_shuffle_epi8(table, entry);
  }
  static std::uint32_t below(Lanes least, const std::int16_t* sums) {
    const __m256i mask = _mm256_cmpgt_epi16(least, load(sums));
    const __m256i bytes = _mm256_permute4x64_epi64(_mm256_packs_epi16(mask, mask), 0x08);
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm256_castsi256_si128(bytes)));
  }
  static std::size_t write_bits(std::uint32_t bits, std::size_t first, std::uint16_t* to) {
    std::size_t count = 0;
    for (; bits != 0; bits &= bits - 1) to[count++] = static_cast<std::uint16_t>(first + __builtin_ctz(bits));
    return count;
  }

  static constexpr std::size_t kWideLanes = 4;
  using Wide = __m256i;
  static Wide wide(std::uint32_t value) { return _mm256_set1_epi64x(value); }
  // Which of the 16 draws of a group go where is chosen so that scatter_halves() leaves them in order.
  static Wide gather(const std::uint64_t* draws, int part) {
    const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(draws + 2 * part));
    const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(draws + 2 * part + 8));
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
  }
  static Wide mul32(Wide a, Wide b) { return _mm256_mul_epu32(a, b); }
  static Wide shr32(Wide a) { return _mm256_srli_epi64(a, 32); }
  static Wide bit_xor(Wide a, Wide b) { return _mm256_xor_si256(a, b); }
  static void scatter_halves(const Wide* words, std::uint16_t* low, std::uint16_t* high) {
    const __m256i x = even32(words[0], words[1]);
    const __m256i y = even32(words[2], words[3]);
    const __m256i mask = _mm256_set1_epi32(0xffff);
    const __m256i lows = _mm256_packus_epi32(_mm256_and_si256(x, mask), _mm256_and_si256(y, mask));
    const __m256i highs = _mm256_packus_epi32(_mm256_srli_epi32(x, 16), _mm256_srli_epi32(y, 16));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(low), lows);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(high), highs);
  }
  static __m256i even32(__m256i a, __m256i b) {
    return _mm256_castps_si256(_mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), 0x88));
  }
};

}  // namespace
}  // namespace shac

#include "core/cascade/kernel_impl.h"

namespace shac {
namespace {
constexpr Kernel kKernel{Isa::kAvx2, "avx2", kernel_sums, kernel_bits, kernel_select};
}
const Kernel* const kAvx2Kernel = &kKernel;
}  // namespace shac
#else
namespace shac {
const Kernel* const kAvx2Kernel = nullptr;
}
#endif
