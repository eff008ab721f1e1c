#include "core/surrogate/gaussian_process.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/surrogate/matern.h"

namespace shac {
namespace {

// Keeps variances above zero where rounding takes them there.
constexpr double kLeastVariance = 1e-12;

}  // namespace

GaussianProcess::GaussianProcess(const Observations& data, Hyperparameters parameters)
    : parameters_(std::move(parameters)) {
  data_.dimensions = data.dimensions;
  data_.kinds = data.kinds;
  factor_.reserve(data.size());
  for (std::size_t row = 0; row < data.size(); ++row) append(data.point(row), data.values[row]);
  weigh();
  double fit = 0;
  for (std::size_t i = 0; i < data_.size(); ++i) fit += weights_[i] * data_.values[i];
  variance_ = std::max(fit / static_cast<double>(std::max<std::size_t>(data_.size(), 1)), kLeastVariance);
}

void GaussianProcess::add(std::span<const double> point, double value) {
  append(point, value);
  weigh();
}

void GaussianProcess::append(std::span<const double> point, double value) {
  factor_.append(correlations(point), 1 + parameters_.noise, parameters_.noise);
  data_.add(point, value);
}

void GaussianProcess::weigh() {
  weights_ = data_.values;
  factor_.solve_lower(weights_);
  factor_.solve_upper(weights_);
}

double GaussianProcess::square_distance(std::size_t row, std::span<const double> point) const {
  const auto other = data_.point(row);
  double square = 0;
  for (std::size_t k = 0; k < data_.dimensions; ++k) {
    const double scaled = difference(data_.kinds[k], point[k], other[k]) / parameters_.length_scales[k];
    square += scaled * scaled;
  }
  return square;
}

std::vector<double> GaussianProcess::correlations(std::span<const double> point) const {
  std::vector<double> result(data_.size());
  for (std::size_t row = 0; row < data_.size(); ++row) result[row] = matern52(square_distance(row, point)).value;
  return result;
}

Prediction GaussianProcess::prediction(double mean, double explained) const {
  return {mean, std::sqrt(std::max(1 - explained, kLeastVariance) * variance_)};
}

std::vector<double> GaussianProcess::means() const {
  std::vector<double> result = data_.values;
  for (std::size_t row = 0; row < result.size(); ++row) result[row] -= parameters_.noise * weights_[row];
  return result;
}

Prediction GaussianProcess::predict(std::span<const double> point) const { return predict_rows(point)[0]; }

std::vector<Prediction> GaussianProcess::predict_rows(std::span<const double> points) const {
  constexpr std::size_t kLanes = Cholesky::kLanes;
  using Lanes = Cholesky::Lanes;
  const std::size_t d = data_.dimensions, n = data_.size(), rows = points.size() / d;
  std::vector<Prediction> result;
  result.reserve(rows);
  std::vector<Lanes> solved(n);
  for (std::size_t first = 0; first < rows; first += kLanes) {
    const std::size_t lanes = std::min(kLanes, rows - first);
    Lanes mean{}, explained{};
    for (std::size_t i = 0; i < n; ++i) {
      solved[i] = {};
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        solved[i][lane] = matern52(square_distance(i, points.subspan((first + lane) * d, d))).value;
      }
      for (std::size_t lane = 0; lane < kLanes; ++lane) mean[lane] += solved[i][lane] * weights_[i];
    }
    factor_.solve_lower(std::span(solved));
    for (const Lanes& entry : solved) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) explained[lane] += entry[lane] * entry[lane];
    }
    for (std::size_t lane = 0; lane < lanes; ++lane) result.push_back(prediction(mean[lane], explained[lane]));
  }
  return result;
}

Prediction GaussianProcess::predict(std::span<const double> point, std::span<double> mean_gradient,
                                    std::span<double> deviation_gradient) const {
  const std::size_t d = data_.dimensions, n = data_.size();
  std::vector<Correlation> by_row(n);
  std::vector<double> solved(n);
  double mean = 0, explained = 0;
  for (std::size_t i = 0; i < n; ++i) {
    by_row[i] = matern52(square_distance(i, point));
    solved[i] = by_row[i].value;
    mean += by_row[i].value * weights_[i];
  }
  factor_.solve_lower(std::span(solved));
  for (const double entry : solved) explained += entry * entry;
  const Prediction result = prediction(mean, explained);
  factor_.solve_upper(solved);  // now correlations^-1 times those with the point
  std::fill(mean_gradient.begin(), mean_gradient.end(), 0);
  std::fill(deviation_gradient.begin(), deviation_gradient.end(), 0);
  for (std::size_t i = 0; i < n; ++i) {
    const auto other = data_.point(i);
    const double by_mean = weights_[i] * by_row[i].slope, by_variance = solved[i] * by_row[i].slope;
    for (std::size_t k = 0; k < d; ++k) {
      if (data_.kinds[k] == kOrderedOrInactive && other[k] < 0) continue;  // however the point moves
      const double distance = point[k] - other[k];
      mean_gradient[k] -= by_mean * distance;
      deviation_gradient[k] += by_variance * distance;
    }
  }
  for (std::size_t k = 0; k < d; ++k) {
    const double square = parameters_.length_scales[k] * parameters_.length_scales[k];
    const bool fixed = data_.kinds[k] == kCategorical || point[k] < 0;
    mean_gradient[k] = fixed ? 0 : mean_gradient[k] / square;
    deviation_gradient[k] = fixed ? 0 : deviation_gradient[k] * variance_ / (square * result.deviation);
  }
  return result;
}

}  // namespace shac
