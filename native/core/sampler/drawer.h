// The codes of a block of draws, feature by feature, as the kernels want them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/cascade/cascade.h"
#include "core/cascade/kernel.h"
#include "core/rng.h"
#include "core/sampler/partition.h"

namespace shac {

// Draws of the prior, or proposals from `boxes` when it is not null. Belongs to one thread; the arguments must outlive
// it. What it draws, once it is settled, is what draw_codes() of draw.h gives for the same draw.
class Drawer {
 public:
  Drawer(const Cascade& cascade, const Partition* boxes, const Kernel& kernel, std::uint64_t seed, std::uint32_t stream)
      : cascade_(cascade),
        boxes_(boxes),
        kernel_(kernel),
        seed_(seed),
        stream_(stream),
        bits_(kCoordinatesPerBlock * kBlock),
        extension_(kCoordinatesPerBlock * kBlock) {
    for (const std::uint32_t j : cascade.space().conditions.order()) {
      if (cascade.reads(j)) read_.push_back(j);
    }
  }

  bool from_boxes() const noexcept { return boxes_ != nullptr; }
  // The box of each draw. `draws` has room for kBlock.
  void choose_boxes(const std::uint64_t* draws, std::size_t count, std::uint32_t* boxes);
  // The plain codes of those of the coordinates 8*block .. 8*block+7 that some classifier reads, into codes[coordinate
  // * kBlock + lane]. Of these only the wanted ones: a bit each, the first one lowest.
  void draw(std::uint32_t block, const std::uint64_t* draws, const std::uint32_t* boxes, std::size_t count,
            std::int16_t* codes, std::uint32_t wanted = 0xff);
  // Makes them codes: of the conditional ones among `coordinates`, in the order of Conditions. The coordinates that
  // they depend on have to be settled, or among them.
  void settle(std::span<const std::uint32_t> coordinates, std::size_t count, std::int16_t* codes) const {
    cascade_.space().conditions.settle(coordinates, codes, count);
  }
  // draw() for all that some classifier reads, settled.
  void draw_all(const std::uint64_t* draws, const std::uint32_t* boxes, std::size_t count, std::int16_t* codes);

 private:
  const Cascade& cascade_;
  const Partition* boxes_;
  const Kernel& kernel_;
  std::uint64_t seed_;
  std::uint32_t stream_;
  std::vector<std::uint16_t> bits_;       // 8 x kBlock
  std::vector<std::uint16_t> extension_;  // 8 x kBlock
  std::vector<std::uint32_t> read_;  // conditional coordinates that some classifier reads, in the order of Conditions
};

}  // namespace shac
