// Minimisation by the signs of the gradient, in a box: iRprop- (Igel, Huesken: Improving the Rprop Learning Algorithm,
// 2000). It needs no line search and no scales, and the function need not be computable everywhere.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace shac {

class Rprop {
 public:
  Rprop(std::vector<double> low, std::vector<double> high, double first_step)
      : low_(std::move(low)), high_(std::move(high)), first_step_(first_step) {}

  // Moves `x` to the best of the points that `steps` evaluations of function(point, gradient), which gives the value
  // and fills in the gradient, have come by; its value is returned.
  template <typename Function>
  double minimise(std::vector<double>& x, int steps, const Function& function) const {
    const std::size_t n = x.size();
    std::vector<double> step(n, first_step_), gradient(n), last(n, 0), best = x;
    double least = std::numeric_limits<double>::infinity();
    for (int i = 0; i < steps; ++i) {
      const double value = function(std::span<const double>(x), std::span<double>(gradient));
      if (value < least) {
        least = value;
        best = x;
      }
      for (std::size_t k = 0; k < n; ++k) {
        const double agreement = gradient[k] * last[k];
        if (agreement > 0) step[k] *= 1.2;
        if (agreement < 0) {
          step[k] *= 0.5;
          gradient[k] = 0;
        }
        last[k] = gradient[k];
        if (gradient[k] == 0) continue;
        x[k] = std::clamp(x[k] - std::copysign(step[k], gradient[k]), low_[k], high_[k]);
      }
    }
    x = std::move(best);
    return least;
  }

 private:
  const std::vector<double> low_, high_;
  const double first_step_;
};

}  // namespace shac
