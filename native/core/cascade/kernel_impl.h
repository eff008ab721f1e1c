// The inner loops, written once over a vector type. Included by one translation unit an instruction set, each of which
// defines a Vector first; everything here is in an anonymous namespace and calls nothing that is shared between them,
// so that no code compiled for one instruction set is ever linked into another.
//
// Vector: kLanes int16 lanes; load, store, splat, add; left(splat(threshold), codes) -> Mask, where code < threshold;
// select(mask, a, b). For trees of three levels, where masks may be the slower way: turn(splat(threshold), codes) ->
// Turn, which way a code goes; choose(turn, a, b) -> a where it is left; lookup8(table8(leaves), t0, t1, t2).
// below(least, sums) -> one bit a lane that is less than `least`; write_bits(bits, first, to) -> how many bits are set,
// and at `to`, ascending, first + the place of each.
// Vector::Wide: kWideLanes 64-bit lanes with mul32 (of the low halves), shr32, xor.
#pragma once

#include "core/cascade/kernel.h"

namespace shac {
namespace {

void sum_stump(const Stump& tree, const std::int16_t* codes, std::size_t lanes, std::int16_t* sums) {
  const auto threshold = Vector::splat(tree.threshold);
  const auto right = Vector::splat(tree.leaves[0]);
  const auto left = Vector::splat(tree.leaves[1]);
  const std::int16_t* f = codes + tree.feature * kBlock;
  for (std::size_t i = 0; i < lanes; i += Vector::kLanes) {
    const auto leaf = Vector::select(Vector::left(threshold, f + i), left, right);
    Vector::store(sums + i, Vector::add(Vector::load(sums + i), leaf));
  }
}

void sum_tree2(const Tree2& tree, const std::int16_t* codes, std::size_t lanes, std::int16_t* sums) {
  const auto t0 = Vector::splat(tree.threshold[0]);
  const auto t1 = Vector::splat(tree.threshold[1]);
  const auto t2 = Vector::splat(tree.threshold[2]);
  const auto rr = Vector::splat(tree.leaves[0]);
  const auto rl = Vector::splat(tree.leaves[1]);
  const auto lr = Vector::splat(tree.leaves[2]);
  const auto ll = Vector::splat(tree.leaves[3]);
  const std::int16_t* f0 = codes + tree.feature[0] * kBlock;
  const std::int16_t* f1 = codes + tree.feature[1] * kBlock;
  const std::int16_t* f2 = codes + tree.feature[2] * kBlock;
  for (std::size_t i = 0; i < lanes; i += Vector::kLanes) {
    const auto on_left = Vector::select(Vector::left(t1, f1 + i), ll, lr);
    const auto on_right = Vector::select(Vector::left(t2, f2 + i), rl, rr);
    const auto leaf = Vector::select(Vector::left(t0, f0 + i), on_left, on_right);
    Vector::store(sums + i, Vector::add(Vector::load(sums + i), leaf));
  }
}

void sum_tree3(const Tree3& tree, const std::int16_t* codes, std::size_t lanes, std::int16_t* sums) {
  const auto e0 = Vector::splat(tree.threshold[0]);
  const auto e1 = Vector::splat(tree.threshold[1]);
  const auto e2 = Vector::splat(tree.threshold[2]);
  const auto e3 = Vector::splat(tree.threshold[3]);
  const auto e4 = Vector::splat(tree.threshold[4]);
  const auto e5 = Vector::splat(tree.threshold[5]);
  const auto e6 = Vector::splat(tree.threshold[6]);
  const std::int16_t* f0 = codes + tree.feature[0] * kBlock;
  const std::int16_t* f1 = codes + tree.feature[1] * kBlock;
  const std::int16_t* f2 = codes + tree.feature[2] * kBlock;
  const std::int16_t* f3 = codes + tree.feature[3] * kBlock;
  const std::int16_t* f4 = codes + tree.feature[4] * kBlock;
  const std::int16_t* f5 = codes + tree.feature[5] * kBlock;
  const std::int16_t* f6 = codes + tree.feature[6] * kBlock;
  const auto table = Vector::table8(tree.leaves);
  for (std::size_t i = 0; i < lanes; i += Vector::kLanes) {
    const auto t0 = Vector::turn(e0, f0 + i);
    const auto t1 = Vector::choose(t0, Vector::turn(e1, f1 + i), Vector::turn(e2, f2 + i));
    const auto low = Vector::choose(t0, Vector::turn(e3, f3 + i), Vector::turn(e5, f5 + i));
    const auto high = Vector::choose(t0, Vector::turn(e4, f4 + i), Vector::turn(e6, f6 + i));
    const auto leaf = Vector::lookup8(table, t0, t1, Vector::choose(t1, low, high));
    Vector::store(sums + i, Vector::add(Vector::load(sums + i), leaf));
  }
}

void kernel_sums(const ForestView& forest, const std::int16_t* codes, std::size_t lanes, std::int16_t* sums) {
  const auto bias = Vector::splat(forest.bias);
  for (std::size_t i = 0; i < lanes; i += Vector::kLanes) Vector::store(sums + i, bias);
  for (std::size_t i = 0; i < forest.stump_count; ++i) sum_stump(forest.stumps[i], codes, lanes, sums);
  for (std::size_t i = 0; i < forest.tree2_count; ++i) sum_tree2(forest.trees2[i], codes, lanes, sums);
  for (std::size_t i = 0; i < forest.tree3_count; ++i) sum_tree3(forest.trees3[i], codes, lanes, sums);
}

std::size_t kernel_select(const std::int16_t* sums, std::size_t lanes, std::int16_t least, std::uint16_t* selected) {
  const auto limit = Vector::splat(least);
  std::size_t count = 0;
  for (std::size_t i = 0; i < lanes; i += Vector::kLanes) {
    std::uint32_t kept = ~Vector::below(limit, sums + i);
    if (lanes - i < 32) kept &= (std::uint32_t{1} << (lanes - i)) - 1;
    if (Vector::kLanes < 32) kept &= (std::uint64_t{1} << Vector::kLanes) - 1;
    count += Vector::write_bits(kept, i, selected + count);
  }
  return count;
}

// Philox4x32-7. Words stay in the low halves of 64-bit lanes, where the multiplications leave them; the high halves
// hold what nothing reads.
void kernel_bits(const BitsRequest& request, std::uint16_t* bits) {
  using Wide = Vector::Wide;
  constexpr std::size_t kGroup = 4 * Vector::kWideLanes;
  const Wide m0 = Vector::wide(0xD2511F53);
  const Wide m1 = Vector::wide(0xCD9E8D57);
  for (std::size_t first = 0; first < request.lanes; first += kGroup) {
    Wide c0[4], c1[4], c2[4], c3[4];
    for (int v = 0; v < 4; ++v) {
      c0[v] = Vector::wide(request.block);
      c1[v] = Vector::gather(request.draws + first, v);
      c2[v] = Vector::shr32(c1[v]);
      c3[v] = Vector::wide(request.stream);
    }
    std::uint32_t key0 = static_cast<std::uint32_t>(request.seed);
    std::uint32_t key1 = static_cast<std::uint32_t>(request.seed >> 32);
    for (int round = 0; round < 7; ++round) {
      const Wide k0 = Vector::wide(key0);
      const Wide k1 = Vector::wide(key1);
      for (int v = 0; v < 4; ++v) {
        const Wide p0 = Vector::mul32(c0[v], m0);
        const Wide p1 = Vector::mul32(c2[v], m1);
        c0[v] = Vector::bit_xor(Vector::bit_xor(Vector::shr32(p1), c1[v]), k0);
        c2[v] = Vector::bit_xor(Vector::bit_xor(Vector::shr32(p0), c3[v]), k1);
        c1[v] = p1;
        c3[v] = p0;
      }
      key0 += 0x9E3779B9;
      key1 += 0xBB67AE85;
    }
    const Wide* words[4] = {c0, c1, c2, c3};
    for (std::size_t w = 0; w < 4; ++w) {
      Vector::scatter_halves(words[w], bits + 2 * w * kBlock + first, bits + (2 * w + 1) * kBlock + first);
    }
  }
}

}  // namespace
}  // namespace shac
