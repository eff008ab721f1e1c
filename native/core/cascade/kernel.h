// The two inner loops of sampling, one implementation an instruction set, chosen at run time: drawing codes, and adding
// up the leaves of a classifier, each over a block of candidates that lie feature by feature.
//
// Leaves are 16-bit integers here: a sum decides unless it is within `grey` of zero (see forest.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace shac {

// Lanes of a block: candidates that are processed together. Every feature's codes are kBlock consecutive int16.
inline constexpr std::size_t kBlock = 256;

// A row goes left where code < threshold. Leaves are indexed by the comparisons, first one highest: leaves.back() is
// where all of them hold.
struct Stump {
  std::uint32_t feature;
  std::int16_t threshold;
  std::int16_t leaves[2];
};
struct Tree2 {
  std::uint32_t feature[3];  // root, left child, right child
  std::int16_t threshold[3];
  std::int16_t leaves[4];
};
struct Tree3 {
  std::uint32_t feature[7];  // by level: root; left, right; left-left, left-right, right-left, right-right
  std::int16_t threshold[7];
  std::int16_t leaves[8];
};

// A forest as the kernels see it. Plain pointers: a kernel's translation unit must not instantiate shared templates,
// which the linker might then pick for callers on lesser processors.
struct ForestView {
  const Stump* stumps;
  std::size_t stump_count;
  const Tree2* trees2;
  std::size_t tree2_count;
  const Tree3* trees3;
  std::size_t tree3_count;
  std::int16_t bias;
};

// Which of 8 coordinates' random bits: see rng.h.
struct BitsRequest {
  std::uint64_t seed;
  std::uint32_t stream;
  std::uint32_t block;
  const std::uint64_t* draws;  // indices of the draws, one a lane
  std::size_t lanes;
};

enum class Isa { kPortable, kAvx2, kAvx512 };

struct Kernel {
  Isa isa;
  const char* name;
  // sums[lane] = the forest's sum for lane 0 .. lanes-1. Reads and writes up to the next multiple of 32 lanes.
  void (*sums)(const ForestView& forest, const std::int16_t* codes, std::size_t lanes, std::int16_t* sums);
  // bits[i * kBlock + lane] = 16 random bits of the block's i-th coordinate, for 8 coordinates. Writes up to the next
  // multiple of 32 lanes, and so reads as many draws.
  void (*bits)(const BitsRequest& request, std::uint16_t* bits);
  // Lanes below `lanes` whose sum is at least `least`, ascending; returns how many. Writes up to the next multiple
  // of 32.
  std::size_t (*select)(const std::int16_t* sums, std::size_t lanes, std::int16_t least, std::uint16_t* selected);
};

// The kernels that this processor can run, the fastest last. Never empty.
const std::vector<const Kernel*>& available_kernels();
const Kernel& best_kernel();

// One a translation unit; null where the compiler cannot build it. Call only what available_kernels() lists.
extern const Kernel* const kPortableKernel;
extern const Kernel* const kAvx2Kernel;
extern const Kernel* const kAvx512Kernel;

}  // namespace shac
