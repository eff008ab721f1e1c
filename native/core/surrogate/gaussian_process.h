// A Gaussian process over the unit cube: what the local phase (local_search.h) knows of the objective.
//
// The covariance is Matern 5/2 with a length scale a coordinate (Rasmussen, Williams: Gaussian Processes for Machine
// Learning, 2006); two different values of a categorical coordinate are at distance 1, and so are a place and none,
// where a coordinate is inactive in one of two points. Length scales and noise are those of the largest posterior, the
// signal's variance is the likeliest given those.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/cancel.h"
#include "core/surrogate/cholesky.h"

namespace shac {

// The place of an inactive coordinate.
inline constexpr double kNoPlace = -1;

// What the places of a coordinate mean.
enum Kind : std::uint8_t {
  kOrdered = 0,
  kCategorical = 1,
  kOrderedOrInactive = 2,  // kNoPlace is among them; a categorical coordinate needs no word for it
};

// How far a place is from another one, in length scales of 1.
inline double difference(std::uint8_t kind, double a, double b) {
  if (kind == kOrdered) return a - b;
  if (kind == kCategorical || a < 0 || b < 0) return a != b ? 1 : 0;
  return a - b;
}

// Points, row after row, with a value each.
struct Observations {
  std::size_t dimensions = 0;
  std::vector<std::uint8_t> kinds;  // Kind, one a coordinate
  std::vector<double> points;       // rows x dimensions
  std::vector<double> values;

  std::size_t size() const noexcept { return values.size(); }
  std::span<const double> point(std::size_t row) const {
    return std::span(points).subspan(row * dimensions, dimensions);
  }
  void add(std::span<const double> point, double value) {
    points.insert(points.end(), point.begin(), point.end());
    values.push_back(value);
  }
};

struct Hyperparameters {
  std::vector<double> length_scales;  // one a coordinate
  double noise = 0;                   // its variance, as a share of the signal's
};

// The likeliest after the observations, of which there is at least one; values of mean 0 and variance 1 are expected.
// Throws Cancelled.
Hyperparameters fit_hyperparameters(const Observations& data, const CancelToken& token);

struct Prediction {
  double mean;
  double deviation;  // of the value without noise; above 0
};

class GaussianProcess {
 public:
  GaussianProcess(const Observations& data, Hyperparameters parameters);

  const Observations& data() const noexcept { return data_; }
  const std::vector<double>& length_scales() const noexcept { return parameters_.length_scales; }

  // One more observation. The variance of the signal stays.
  void add(std::span<const double> point, double value);

  // What it makes of its own rows: the values without the noise.
  std::vector<double> means() const;
  Prediction predict(std::span<const double> point) const;
  // Of many points at once, row after row: several times as fast.
  std::vector<Prediction> predict_rows(std::span<const double> points) const;
  // With the gradients by the point; those by categorical coordinates, and by inactive ones, are 0.
  Prediction predict(std::span<const double> point, std::span<double> mean_gradient,
                     std::span<double> deviation_gradient) const;

 private:
  void append(std::span<const double> point, double value);
  void weigh();
  std::vector<double> correlations(std::span<const double> point) const;
  double square_distance(std::size_t row, std::span<const double> point) const;
  Prediction prediction(double mean, double explained) const;

  Observations data_;
  const Hyperparameters parameters_;
  double variance_ = 1;          // of the signal
  Cholesky factor_;              // of the correlations
  std::vector<double> weights_;  // correlations^-1 values
};

}  // namespace shac
