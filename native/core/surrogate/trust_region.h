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

// How large the region is, as results come in the order of their trials: first those from before the local phase, then
// those of the local phase, of which `batch` were evaluated at once. Smaller values are better, NaN is of a failure.
class TrustRadius {
 public:
  TrustRadius(std::size_t batch, std::size_t dimensions);

  void before(double value);
  void after(double value);
  // A batch that is not whole counts as well.
  double now() const;

 private:
  void end_batch();

  std::size_t batch_;
  int patience_;
  double radius_;
  double best_;
  int successes_ = 0, failures_ = 0;
  // The batch that has begun: its values, and the best of them.
  std::size_t values_ = 0;
  double batch_best_;
};

// Sides in proportion to the length scales, `radius` in the geometric mean; categorical coordinates
// are not bounded, nor those that are inactive in the centre.
Box trust_region(const GaussianProcess& process, std::span<const double> centre, double radius);

}  // namespace shac
