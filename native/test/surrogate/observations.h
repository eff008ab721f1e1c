// What the tests of the local phase share: observations, and a Gaussian process by the book.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/surrogate/gaussian_process.h"
#include "core/surrogate/trust_region.h"
#include "test/support.h"

namespace shac::test {

// A random place: one of `categories` for a categorical coordinate, anywhere for others, or nowhere where it may be so.
inline std::vector<double> random_point(Random& random, const std::vector<std::uint8_t>& kinds,
                                        std::uint64_t categories = 3) {
  std::vector<double> point;
  for (const std::uint8_t kind : kinds) {
    const double category = (static_cast<double>(random.below(categories)) + 0.5) / static_cast<double>(categories);
    const bool nowhere = kind == kOrderedOrInactive && random.below(3) == 0;
    point.push_back(nowhere ? kNoPlace : kind == kCategorical ? category : random.unit());
  }
  return point;
}

template <typename Value>
Observations random_observations(Random& random, std::size_t rows, std::vector<std::uint8_t> kinds,
                                 const Value& value) {
  Observations data;
  data.dimensions = kinds.size();
  data.kinds = std::move(kinds);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::vector<double> point = random_point(random, data.kinds);
    data.add(point, value(point));
  }
  return data;
}

inline void standardise(std::vector<double>& values) {
  double mean = 0, variance = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  for (const double value : values) variance += std::pow(value - mean, 2) / static_cast<double>(values.size());
  for (double& value : values) value = (value - mean) / std::sqrt(variance);
}

// The radius after values in the order of the trials, of which the first `local_from` are from before the local phase.
inline double radius_after(const std::vector<double>& values, std::size_t local_from, std::size_t batch,
                           std::size_t dimensions) {
  TrustRadius radius(batch, dimensions);
  for (std::size_t i = 0; i < values.size(); ++i) i < local_from ? radius.before(values[i]) : radius.after(values[i]);
  return radius.now();
}

// A Gaussian process of zero mean, as textbooks write it: dense matrices, Gaussian elimination.
class NaiveProcess {
 public:
  NaiveProcess(Observations data, Hyperparameters parameters)
      : data_(std::move(data)), parameters_(std::move(parameters)), weights_(solve(data_.values)) {
    for (std::size_t i = 0; i < data_.size(); ++i) variance_ += data_.values[i] * weights_[i];
    variance_ /= static_cast<double>(data_.size());
  }

  Prediction predict(std::span<const double> point) const {
    std::vector<double> with_point(data_.size());
    for (std::size_t i = 0; i < data_.size(); ++i) with_point[i] = correlation(data_.point(i), point);
    const std::vector<double> solved = solve(with_point);
    double mean = 0, explained = 0;
    for (std::size_t i = 0; i < data_.size(); ++i) {
      mean += with_point[i] * weights_[i];
      explained += with_point[i] * solved[i];
    }
    return {mean, std::sqrt(variance_ * (1 - explained))};
  }

  // Logarithm of the likelihood of the values, at the likeliest variance of the signal, up to a constant.
  double log_likelihood() const {
    return -0.5 * (static_cast<double>(data_.size()) * std::log(variance_) + log_determinant_);
  }

 private:
  double correlation(std::span<const double> a, std::span<const double> b) const {
    double square = 0;
    for (std::size_t k = 0; k < data_.dimensions; ++k) {
      const bool by_kind = data_.kinds[k] == kCategorical || a[k] == kNoPlace || b[k] == kNoPlace;
      const double distance = by_kind ? static_cast<double>(a[k] != b[k]) : a[k] - b[k];
      square += std::pow(distance / parameters_.length_scales[k], 2);
    }
    const double r = std::sqrt(square);
    return (1 + std::sqrt(5.0) * r + 5.0 / 3 * square) * std::exp(-std::sqrt(5.0) * r);
  }

  std::vector<double> solve(std::vector<double> right) const {
    const std::size_t n = data_.size();
    std::vector<std::vector<double>> matrix(n, std::vector<double>(n));
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) matrix[i][j] = correlation(data_.point(i), data_.point(j));
      matrix[i][i] += parameters_.noise;
    }
    log_determinant_ = 0;
    for (std::size_t i = 0; i < n; ++i) {
      log_determinant_ += std::log(matrix[i][i]);
      for (std::size_t j = i + 1; j < n; ++j) {
        const double share = matrix[j][i] / matrix[i][i];
        for (std::size_t k = i; k < n; ++k) matrix[j][k] -= share * matrix[i][k];
        right[j] -= share * right[i];
      }
    }
    for (std::size_t i = n; i-- > 0;) {
      for (std::size_t j = i + 1; j < n; ++j) right[i] -= matrix[i][j] * right[j];
      right[i] /= matrix[i][i];
    }
    return right;
  }

  const Observations data_;
  const Hyperparameters parameters_;
  mutable double log_determinant_ = 0;
  std::vector<double> weights_;
  double variance_ = 0;
};

}  // namespace shac::test
