#include "core/sampler/draw.h"

#include <vector>

#include "core/rng.h"

namespace shac {
namespace {

// 16 bits of one coordinate's half word.
std::uint16_t half_of(const Words& words, std::uint32_t coordinate) {
  const std::uint32_t place = coordinate % kCoordinatesPerBlock;
  return static_cast<std::uint16_t>(words[place / 2] >> (place % 2 == 0 ? 0 : 16));
}

}  // namespace

void draw_plain(const CodeSpace& space, std::uint64_t seed, std::uint32_t stream, std::uint64_t draw,
                std::uint16_t* row) {
  const Stream random(seed, stream);
  Words bits{};
  for (std::uint32_t j = 0; j < space.dimensions(); ++j) {
    const std::uint32_t block = j / kCoordinatesPerBlock;
    if (j % kCoordinatesPerBlock == 0) bits = random.bits(draw, block);
    const std::uint32_t levels = space.levels[j];
    const std::uint16_t extension =
        needs_extension(levels) ? half_of(random.bits(draw, kExtensionBlocks | block), j) : std::uint16_t{0};
    const std::uint16_t raw = raw_code(half_of(bits, j), extension, levels);
    row[j] = space.snaps[j] ? (*space.snaps[j])[raw] : raw;
  }
}

void draw_codes(const CodeSpace& space, std::uint64_t seed, std::uint32_t stream, std::uint64_t draw,
                std::uint16_t* row) {
  draw_plain(space, seed, stream, draw, row);
  space.conditions.settle(row);
}

void draw_codes(const Partition& boxes, std::uint64_t seed, std::uint32_t stream, std::uint64_t draw,
                std::uint16_t* row) {
  const Stream random(seed, stream);
  const Words choice = random.bits(draw, kBoxBlock);
  const std::uint32_t box = boxes.box_of(std::uint64_t{choice[0]} << 32 | choice[1]);
  Words high{}, low{};
  for (std::uint32_t j = 0; j < boxes.space().dimensions(); ++j) {
    if (j % kCoordinatesPerBlock == 0) {
      high = random.bits(draw, j / kCoordinatesPerBlock);
      low = random.bits(draw, kExtensionBlocks | j / kCoordinatesPerBlock);
    }
    row[j] = boxes.plain_code(box, j, std::uint32_t{half_of(high, j)} << 16 | half_of(low, j));
  }
  boxes.space().conditions.settle(row);
}

double acceptance(const CodeSpace& space, const Forest& forest) {
  constexpr std::uint64_t kDraws = 4096;
  std::vector<std::uint16_t> row(space.dimensions());
  std::uint64_t accepted = 0;
  for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
    draw_codes(space, 0, 0, draw, row.data());
    accepted += forest.accepts(row.data()) ? 1 : 0;
  }
  return static_cast<double>(accepted) / kDraws;
}

}  // namespace shac
