#include "core/surrogate/gaussian_process.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/surrogate/matern.h"

namespace shac {
namespace {

// Keeps variances above zero where rounding takes them there.
constexpr double kLeastVariance = 1e-12;
// Points that predict_rows works on at once: independent sums, which a processor does side by side.
constexpr std::size_t kLanes = 8;

// In several sums side by side, for the same reason.
double dot(const double* a, const double* b, std::size_t count) {
  std::array<double, kLanes> sums{};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  double sum = 0;
  for (; i < count; ++i) sum += a[i] * b[i];
  for (const double lane : sums) sum += lane;
  return sum;
}

}  // namespace

GaussianProcess::GaussianProcess(const Observations& data, Hyperparameters parameters)
    : parameters_(std::move(parameters)) {
  data_.dimensions = data.dimensions;
  data_.categorical = data.categorical;
  lower_.reserve(data.size() * (data.size() + 1) / 2);
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

// The next row of the factor.
void GaussianProcess::append(std::span<const double> point, double value) {
  std::vector<double> row = correlations(point);
  solve_lower(row);
  double rest = 1 + parameters_.noise;
  for (const double entry : row) rest -= entry * entry;
  lower_.insert(lower_.end(), row.begin(), row.end());
  lower_.push_back(std::sqrt(std::max(rest, parameters_.noise)));
  data_.add(point, value);
}

void GaussianProcess::weigh() {
  weights_ = data_.values;
  solve_lower(weights_);
  solve_upper(weights_);
}

double GaussianProcess::square_distance(std::size_t row, std::span<const double> point) const {
  const auto other = data_.point(row);
  double square = 0;
  for (std::size_t k = 0; k < data_.dimensions; ++k) {
    const double difference = data_.categorical[k] != 0 ? (point[k] != other[k] ? 1.0 : 0.0) : point[k] - other[k];
    const double scaled = difference / parameters_.length_scales[k];
    square += scaled * scaled;
  }
  return square;
}

std::vector<double> GaussianProcess::correlations(std::span<const double> point) const {
  std::vector<double> result(data_.size());
  for (std::size_t row = 0; row < data_.size(); ++row) result[row] = matern52(square_distance(row, point)).value;
  return result;
}

void GaussianProcess::solve_lower(std::vector<double>& vector) const {
  const double* row = lower_.data();
  for (std::size_t i = 0; i < vector.size(); ++i) {
    vector[i] = (vector[i] - dot(row, vector.data(), i)) / row[i];
    row += i + 1;
  }
}

void GaussianProcess::solve_upper(std::vector<double>& vector) const {
  for (std::size_t i = vector.size(); i-- > 0;) {
    const double* const row = lower_.data() + i * (i + 1) / 2;
    vector[i] /= row[i];
    for (std::size_t j = 0; j < i; ++j) vector[j] -= row[j] * vector[i];
  }
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
  using Lanes = std::array<double, kLanes>;
  const std::size_t d = data_.dimensions, n = data_.size(), rows = points.size() / d;
  std::vector<Prediction> result;
  result.reserve(rows);
  std::vector<Lanes> solved(n);
  for (std::size_t first = 0; first < rows; first += kLanes) {
    const std::size_t lanes = std::min(kLanes, rows - first);
    Lanes mean{}, explained{};
    const double* row = lower_.data();
    for (std::size_t i = 0; i < n; ++i) {
      Lanes rest{};
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        rest[lane] = matern52(square_distance(i, points.subspan((first + lane) * d, d))).value;
      }
      for (std::size_t lane = 0; lane < kLanes; ++lane) mean[lane] += rest[lane] * weights_[i];
      for (std::size_t j = 0; j < i; ++j) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) rest[lane] -= row[j] * solved[j][lane];
      }
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        solved[i][lane] = rest[lane] / row[i];
        explained[lane] += solved[i][lane] * solved[i][lane];
      }
      row += i + 1;
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
  solve_lower(solved);
  for (const double entry : solved) explained += entry * entry;
  const Prediction result = prediction(mean, explained);
  solve_upper(solved);  // now correlations^-1 times those with the point
  std::fill(mean_gradient.begin(), mean_gradient.end(), 0);
  std::fill(deviation_gradient.begin(), deviation_gradient.end(), 0);
  for (std::size_t i = 0; i < n; ++i) {
    const auto other = data_.point(i);
    const double by_mean = weights_[i] * by_row[i].slope, by_variance = solved[i] * by_row[i].slope;
    for (std::size_t k = 0; k < d; ++k) {
      const double difference = point[k] - other[k];
      mean_gradient[k] -= by_mean * difference;
      deviation_gradient[k] += by_variance * difference;
    }
  }
  for (std::size_t k = 0; k < d; ++k) {
    const double square = parameters_.length_scales[k] * parameters_.length_scales[k];
    const bool fixed = data_.categorical[k] != 0;
    mean_gradient[k] = fixed ? 0 : mean_gradient[k] / square;
    deviation_gradient[k] = fixed ? 0 : deviation_gradient[k] * variance_ / (square * result.deviation);
  }
  return result;
}

}  // namespace shac
