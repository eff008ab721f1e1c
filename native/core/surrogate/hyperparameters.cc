// Length scales and noise of a Gaussian process: the largest posterior, by gradient.
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/surrogate/cholesky.h"
#include "core/surrogate/gaussian_process.h"
#include "core/surrogate/matern.h"
#include "core/surrogate/rprop.h"

namespace shac {
namespace {

constexpr int kSteps = 25;
constexpr double kFirstStep = 0.3;  // of a logarithm
// Log-normal priors, by middle and spread of the logarithm. Length scales are the longer the more coordinates there
// are (Hvarfner, Hellsten, Nardi: Vanilla Bayesian Optimization Performs Great in High Dimensions, 2024): the middle is
// that of one coordinate.
constexpr double kScaleMiddle = -2.4, kScaleSpread = 1;
constexpr double kScaleStart = 0.6;  // above the middle: a smooth function is tried first
constexpr double kNoiseMiddle = -8, kNoiseSpread = 2;
constexpr double kLeastNoise = 1e-8;  // keeps the factorisation from breaking down where points nearly coincide

// How many coordinates are active in a point, on average.
double active_coordinates(const Observations& data) {
  const auto inactive = std::count_if(data.points.begin(), data.points.end(), [](double place) { return place < 0; });
  const auto active = data.points.size() - static_cast<std::size_t>(inactive);
  return static_cast<double>(active) / static_cast<double>(data.size());
}

class Posterior {
 public:
  explicit Posterior(const Observations& data)
      : data_(data),
        n_(data.size()),
        d_(data.dimensions),
        middle_(kScaleMiddle + 0.5 * std::log(active_coordinates(data))),
        correlations_(n_ * (n_ + 1) / 2),
        slopes_(n_ * (n_ - 1) / 2),
        root_(n_ * n_),
        inverse_(n_ * n_),
        weights_(n_) {
    squares_.reserve(n_ * (n_ - 1) / 2 * d_);
    for (std::size_t i = 1; i < n_; ++i) {
      for (std::size_t j = 0; j < i; ++j) add_pair(data.point(i), data.point(j));
    }
  }

  // Where the search begins: the logarithms of the length scales and of the noise.
  std::vector<double> start() const {
    std::vector<double> theta(d_ + 1, middle_ + kScaleStart);
    theta[d_] = kNoiseMiddle;
    return theta;
  }

  // Minus the logarithm of the posterior, up to a constant, and its gradient.
  double operator()(std::span<const double> theta, std::span<double> gradient) {
    const double noise = std::exp(theta[d_]) + kLeastNoise;
    std::fill(gradient.begin(), gradient.end(), 0);
    correlate(theta, noise);
    if (!factor_.factorise(correlations_)) return std::numeric_limits<double>::max();
    invert();
    const double variance = weigh();
    double result = 0.5 * static_cast<double>(n_) * std::log(variance);
    for (std::size_t i = 0; i < n_; ++i) result += std::log(factor_.row(i)[i]);
    differentiate(theta, noise, variance, gradient);
    for (std::size_t k = 0; k < d_; ++k) result += prior(theta[k], middle_, kScaleSpread, gradient[k]);
    return result + prior(theta[d_], kNoiseMiddle, kNoiseSpread, gradient[d_]);
  }

 private:
  void add_pair(std::span<const double> a, std::span<const double> b) {
    for (std::size_t k = 0; k < d_; ++k) {
      const double distance = difference(data_.kinds[k], a[k], b[k]);
      squares_.push_back(distance * distance);
    }
  }

  static double prior(double x, double middle, double spread, double& gradient) {
    const double z = (x - middle) / spread;
    gradient += z / spread;
    return 0.5 * z * z;
  }

  // The lower half of the correlations with the noise, and their slopes.
  void correlate(std::span<const double> theta, double noise) {
    std::vector<double> scale(d_);
    for (std::size_t k = 0; k < d_; ++k) scale[k] = std::exp(-2 * theta[k]);
    const double* square = squares_.data();
    double* next = correlations_.data();
    double* slope = slopes_.data();
    for (std::size_t i = 0; i < n_; ++i) {
      for (std::size_t j = 0; j < i; ++j, square += d_) {
        double sum = 0;
        for (std::size_t k = 0; k < d_; ++k) sum += square[k] * scale[k];
        const Correlation correlation = matern52(sum);
        *next++ = correlation.value;
        *slope++ = correlation.slope;
      }
      *next++ = 1 + noise;
    }
  }

  // The inverse of the correlations, column by column from the diagonal down.
  void invert() {
    invert_factor();
    std::fill(inverse_.begin(), inverse_.end(), 0);
    for (std::size_t i = 0; i < n_; ++i) {
      const double* const row = &root_[i * n_];
      for (std::size_t j = 0; j <= i; ++j) {
        const double share = row[j];
        double* const column = &inverse_[j * n_];
        for (std::size_t k = j; k <= i; ++k) column[k] += share * row[k];
      }
    }
  }

  // The inverse of the factor, row by row: it solves for the columns of the unit matrix, kLanes at a time.
  void invert_factor() {
    std::vector<Cholesky::Lanes> columns(n_);
    for (std::size_t first = 0; first < n_; first += Cholesky::kLanes) {
      const std::size_t count = std::min(Cholesky::kLanes, n_ - first);
      std::fill(columns.begin(), columns.end(), Cholesky::Lanes{});
      for (std::size_t lane = 0; lane < count; ++lane) columns[first + lane][lane] = 1;
      factor_.solve_lower(columns, first);
      for (std::size_t i = first; i < n_; ++i) std::copy_n(columns[i].begin(), count, &root_[i * n_ + first]);
    }
  }

  // correlations^-1 values; returns the likeliest variance of the signal.
  double weigh() {
    std::fill(weights_.begin(), weights_.end(), 0);
    for (std::size_t j = 0; j < n_; ++j) {
      const double* const column = &inverse_[j * n_];
      weights_[j] += column[j] * data_.values[j];
      for (std::size_t i = j + 1; i < n_; ++i) {
        weights_[i] += column[i] * data_.values[j];
        weights_[j] += column[i] * data_.values[i];
      }
    }
    double fit = 0;
    for (std::size_t i = 0; i < n_; ++i) fit += weights_[i] * data_.values[i];
    return std::max(fit / static_cast<double>(n_), 1e-12);
  }

  void differentiate(std::span<const double> theta, double noise, double variance, std::span<double> gradient) const {
    const double* square = squares_.data();
    const double* slope = slopes_.data();
    for (std::size_t i = 0; i < n_; ++i) {
      for (std::size_t j = 0; j < i; ++j, square += d_, ++slope) {
        const double share = (weights_[i] * weights_[j] / variance - inverse_[j * n_ + i]) * *slope;
        for (std::size_t k = 0; k < d_; ++k) gradient[k] -= share * square[k];
      }
      gradient[d_] -= 0.5 * noise * (weights_[i] * weights_[i] / variance - inverse_[i * n_ + i]);
    }
    for (std::size_t k = 0; k < d_; ++k) gradient[k] *= std::exp(-2 * theta[k]);
  }

  const Observations& data_;
  const std::size_t n_, d_;
  const double middle_;
  std::vector<double> squares_;  // of the differences: by pair, by coordinate
  std::vector<double> correlations_;
  std::vector<double> slopes_;  // by pair
  Cholesky factor_;
  std::vector<double> root_, inverse_, weights_;
};

}  // namespace

Hyperparameters fit_hyperparameters(const Observations& data, const CancelToken& token) {
  Posterior posterior(data);
  std::vector<double> theta = posterior.start();
  std::vector<double> low(theta.size(), std::log(0.005)), high(theta.size(), std::log(100));
  low.back() = std::log(1e-8);
  high.back() = std::log(10);
  const Rprop search(std::move(low), std::move(high), kFirstStep);
  search.minimise(theta, kSteps, [&](std::span<const double> at, std::span<double> gradient) {
    token.throw_if_cancelled();
    return posterior(at, gradient);
  });
  Hyperparameters result;
  for (std::size_t k = 0; k < data.dimensions; ++k) result.length_scales.push_back(std::exp(theta[k]));
  result.noise = std::exp(theta.back()) + kLeastNoise;
  return result;
}

}  // namespace shac
