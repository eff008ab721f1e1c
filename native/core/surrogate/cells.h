// The cells that coordinates of the unit cube are divided into: one a code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/cascade/cascade.h"
#include "core/surrogate/gaussian_process.h"

namespace shac {

// Places are in [0, 1), or, of conditional coordinates, kNoPlace, which stays as it is. A cell of a continuous
// coordinate has values all over; of another, all of it counts as one value, which is at the cell's middle, or at that
// of the cell that stands for it. The arguments must outlive it.
class Cells {
 public:
  Cells(const CodeSpace& space, const std::vector<std::uint8_t>& continuous) : space_(space), continuous_(continuous) {}

  // The middle of the place's cell, where a cell counts as one value. A place outside [0, 1) is first moved to its end.
  double snapped(double place, std::size_t k) const;
  // The middle of the next cell that has a value; of the first one, after the last.
  double next(double place, std::size_t k) const;
  // Gives the conditional coordinates of a point that are inactive no place; all have one before.
  void deactivate(std::span<double> point) const;
  // How far from a place the neighbouring values of coordinate k reach; 0 where there is always one nearer.
  double reach(double place, std::size_t k) const;

 private:
  std::uint16_t code(double place, std::size_t k) const;

  const CodeSpace& space_;
  const std::vector<std::uint8_t>& continuous_;
};

}  // namespace shac
