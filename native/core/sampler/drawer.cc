#include "core/sampler/drawer.h"

#include <algorithm>
#include <bit>

#include "core/rng.h"

namespace shac {

void Drawer::choose_boxes(const std::uint64_t* draws, std::size_t count, std::uint32_t* boxes) {
  kernel_.bits({seed_, stream_, kBoxBlock, draws, count}, bits_.data());
  const std::uint16_t* bits = bits_.data();
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t high = std::uint64_t{bits[kBlock + i]} << 16 | bits[i];
    const std::uint64_t low = std::uint64_t{bits[3 * kBlock + i]} << 16 | bits[2 * kBlock + i];
    boxes[i] = boxes_->box_of(high << 32 | low);
  }
}

void Drawer::draw(std::uint32_t block, const std::uint64_t* draws, const std::uint32_t* boxes, std::size_t count,
                  std::int16_t* all_codes, std::uint32_t wanted) {
  const CodeSpace& space = cascade_.space();
  const std::size_t begin = block * kCoordinatesPerBlock;
  const std::size_t end = std::min<std::size_t>(begin + kCoordinatesPerBlock, space.dimensions());
  kernel_.bits({seed_, stream_, block, draws, count}, bits_.data());
  bool extended = false;
  for (std::size_t j = begin; j < end; ++j) {
    if (!cascade_.reads(j) || (wanted >> (j - begin) & 1) == 0) continue;
    const std::uint32_t levels = space.levels[j];
    const std::uint16_t* bits = bits_.data() + (j - begin) * kBlock;
    const std::uint16_t* extension = extension_.data() + (j - begin) * kBlock;
    std::int16_t* codes = all_codes + j * kBlock;
    if (!extended && (boxes_ != nullptr || needs_extension(levels))) {
      kernel_.bits({seed_, stream_, kExtensionBlocks | block, draws, count}, extension_.data());
      extended = true;
    }
    if (boxes_ != nullptr) {
      boxes_->plain_codes(static_cast<std::uint32_t>(j), boxes, bits, extension, count, codes);
      continue;
    }
    if (needs_extension(levels)) {
      for (std::size_t i = 0; i < count; ++i) {
        codes[i] = static_cast<std::int16_t>(raw_code(bits[i], extension[i], levels));
      }
    } else {
      const int shift = 16 - std::countr_zero(levels);
      for (std::size_t i = 0; i < count; ++i) codes[i] = static_cast<std::int16_t>(bits[i] >> shift);
    }
    if (const auto& snap = space.snaps[j]) {
      for (std::size_t i = 0; i < count; ++i) {
        codes[i] = static_cast<std::int16_t>((*snap)[static_cast<std::uint16_t>(codes[i])]);
      }
    }
  }
}

void Drawer::draw_all(const std::uint64_t* draws, const std::uint32_t* boxes, std::size_t count, std::int16_t* codes) {
  for (std::uint32_t block = 0; block * kCoordinatesPerBlock < cascade_.space().dimensions(); ++block) {
    draw(block, draws, boxes, count, codes);
  }
  settle(read_, count, codes);
}

}  // namespace shac
