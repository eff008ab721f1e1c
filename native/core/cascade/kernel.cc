#include "core/cascade/kernel.h"

#include <cstdint>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace shac {
namespace {

#if defined(__x86_64__) || defined(__i386__)

// The processor's own words and not the compiler's __builtin_cpu_supports: that is a part of the compiler's run-time
// library, which portable builds do without.
struct Cpuid {
  unsigned a = 0, b = 0, c = 0, d = 0;
  Cpuid(unsigned leaf, unsigned part) {
    if (__get_cpuid_count(leaf, part, &a, &b, &c, &d) == 0) a = b = c = d = 0;
  }
};

// Which registers the system saves when it switches threads.
bool system_saves(std::uint64_t registers) {
  constexpr unsigned kOsxsave = 1u << 27;
  if ((Cpuid(1, 0).c & kOsxsave) == 0) return false;
  std::uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (((std::uint64_t{high} << 32) | low) & registers) == registers;
}

bool runs_here(Isa isa) {
  constexpr std::uint64_t kYmm = 0x06, kZmm = 0xe6;
  constexpr unsigned kAvx2 = 1u << 5, kAvx512f = 1u << 16, kAvx512bw = 1u << 30;  // leaf 7, ebx
  constexpr unsigned kAvx512vbmi2 = 1u << 6;                                      // leaf 7, ecx
  const Cpuid extended(7, 0);
  switch (isa) {
    case Isa::kPortable:
      return true;
    case Isa::kAvx2:
      return (extended.b & kAvx2) != 0 && system_saves(kYmm);
    case Isa::kAvx512:
      return (extended.b & kAvx512f) != 0 && (extended.b & kAvx512bw) != 0 && (extended.c & kAvx512vbmi2) != 0 &&
             system_saves(kZmm);
  }
  return false;
}

#else

bool runs_here(Isa isa) { return isa == Isa::kPortable; }

#endif

}  // namespace

const std::vector<const Kernel*>& available_kernels() {
  static const std::vector<const Kernel*> kernels = [] {
    std::vector<const Kernel*> found;
    for (const Kernel* kernel : {kPortableKernel, kAvx2Kernel, kAvx512Kernel}) {
      if (kernel != nullptr && runs_here(kernel->isa)) found.push_back(kernel);
    }
    return found;
  }();
  return kernels;
}

const Kernel& best_kernel() { return *available_kernels().back(); }

}  // namespace shac
