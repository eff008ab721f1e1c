// The Matern 5/2 correlation.
#pragma once

#include <cmath>

namespace shac {

struct Correlation {
  double value;
  double slope;  // minus its derivative by half the squared distance
};

// `square`: the squared distance, in length scales.
inline Correlation matern52(double square) {
  const double r = std::sqrt(5 * square);
  const double decay = std::exp(-r);
  return {(1 + r + r * r / 3) * decay, 5.0 / 3 * (1 + r) * decay};
}

}  // namespace shac
