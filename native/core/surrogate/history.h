// What has been evaluated, and what of it a Gaussian process learns from.
#pragma once

#include <cstdint>
#include <vector>

#include "core/surrogate/gaussian_process.h"

namespace shac {

// What has been evaluated. A point is a place in [0, 1) a coordinate: (code + offset) / levels.
struct History {
  std::vector<std::uint8_t> categorical;  // one a coordinate
  std::vector<double> points;             // rows x coordinates, in the order of the trials
  std::vector<double> values;             // one a row, smaller is better; NaN of a failure
};

// The best rows and the newest ones, in the order of the trials: at most 120, since a process costs the cube of their
// number. Their values are scaled to mean 0 and variance 1, and differences among bad ones count for little.
Observations observations(const History& history);

}  // namespace shac
