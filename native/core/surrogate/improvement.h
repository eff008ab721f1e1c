// The expected improvement on a value, as its logarithm: where hardly any is expected, it still says in which direction
// there is more (Ament, Daulton, Eriksson, Balandat, Bakshy: Unexpected Improvements to Expected Improvement, 2023).
#pragma once

#include <cmath>
#include <numbers>

#include "core/surrogate/gaussian_process.h"

namespace shac {

struct LogImprovement {
  double value;
  double by_mean, by_deviation;  // its derivatives
};

// Smaller values are better.
inline LogImprovement log_expected_improvement(const Prediction& p, double best) {
  const double z = (best - p.mean) / p.deviation;
  const double density = std::exp(-0.5 * z * z) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
  const double probability = 0.5 * std::erfc(-z / std::numbers::sqrt2);
  const double improvement = density + z * probability;  // in deviations
  // Beyond, the two terms nearly cancel: the first terms of the asymptotic series are used instead.
  if (z > -25) {
    return {std::log(p.deviation) + std::log(improvement), -probability / (improvement * p.deviation),
            density / (improvement * p.deviation)};
  }
  const double log_density = -0.5 * z * z - 0.5 * std::log(2 * std::numbers::pi);
  const double inverse = 1 / (z * z);
  const double rest = 1 - 3 * inverse + 15 * inverse * inverse;  // the improvement, times z^2 / density
  return {std::log(p.deviation) + log_density - 2 * std::log(-z) + std::log(rest),
          z * (1 - inverse + 3 * inverse * inverse) / (rest * p.deviation), z * z / (rest * p.deviation)};
}

}  // namespace shac
