// The box around the best point that the local phase looks in.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/surrogate/gaussian_process.h"

namespace shac {

struct Box {
  std::vector<double> low, high;  // within [0, 1)
  std::vector<double> half;       // sides, before they are cut off at 0 and 1

  double mean_half() const;
};

Box whole_box(std::size_t dimensions);

// How large the region is after these values (smaller is better, NaN of a failure), in the order of the trials. The
// first `local_from` were not drawn from it; of the others, `batch` were evaluated at once.
double trust_radius(std::span<const double> values, std::size_t local_from, std::size_t batch, std::size_t dimensions);

// Sides in proportion to the length scales, `radius` in the geometric mean; categorical coordinates are not bounded.
Box trust_region(const GaussianProcess& process, std::span<const double> centre, double radius);

}  // namespace shac
