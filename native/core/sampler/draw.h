// The codes of one draw, as the blocks of drawer.h have them: for the few draws whose whole row is wanted.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/cascade/cascade.h"
#include "core/sampler/partition.h"

namespace shac {

// The plain codes of a draw.
void draw_plain(const CodeSpace& space, std::uint64_t seed, std::uint32_t stream, std::uint64_t draw,
                std::uint16_t* row);

// The codes of a draw: a row of the prior.
void draw_codes(const CodeSpace& space, std::uint64_t seed, std::uint32_t stream, std::uint64_t draw,
                std::uint16_t* row);

// The codes of a proposal from a partition.
void draw_codes(const Partition& boxes, std::uint64_t seed, std::uint32_t stream, std::uint64_t draw,
                std::uint16_t* row);

// The share of the prior that a classifier accepts, from 4,096 fixed draws.
double acceptance(const CodeSpace& space, const Forest& forest);

}  // namespace shac
