#include "core/cascade/kernel.h"

namespace shac {
namespace {

bool runs_here(Isa isa) {
#if defined(__x86_64__) || defined(__i386__)
  switch (isa) {
    case Isa::kPortable:
      return true;
    case Isa::kAvx2:
      return __builtin_cpu_supports("avx2");
    case Isa::kAvx512:
      return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2");
  }
  return false;
#else
  return isa == Isa::kPortable;
#endif
}

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
