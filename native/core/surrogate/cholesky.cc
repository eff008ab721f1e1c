#include "core/surrogate/cholesky.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace shac {
namespace {

constexpr std::size_t kLanes = Cholesky::kLanes;
using Lanes = Cholesky::Lanes;

// The sum of the products of `count` entries, in kLanes parts.
double dot(const double* a, const double* b, std::size_t count) {
  Lanes sums{};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  double sum = 0;
  for (; i < count; ++i) sum += a[i] * b[i];
  for (const double lane : sums) sum += lane;
  return sum;
}

// Two lanes, by name: left to itself the compiler takes pairs of entries instead, and spends its time shuffling.
using Pair = double __attribute__((vector_size(2 * sizeof(double))));

Pair pair_of(const Lanes& lanes, std::size_t first) {
  Pair pair;
  std::memcpy(&pair, &lanes[first], sizeof pair);
  return pair;
}

// What the first `count` entries of a row leave of the next entry of each vector.
Lanes rest_of(const double* row, const Lanes* vectors, std::size_t count) {
  static_assert(kLanes == 8);
  const Lanes& next = vectors[count];
  Pair a = pair_of(next, 0), b = pair_of(next, 2), c = pair_of(next, 4), d = pair_of(next, 6);
  for (std::size_t j = 0; j < count; ++j) {
    const Lanes& entry = vectors[j];
    a -= row[j] * pair_of(entry, 0);
    b -= row[j] * pair_of(entry, 2);
    c -= row[j] * pair_of(entry, 4);
    d -= row[j] * pair_of(entry, 6);
  }
  return {a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1]};
}

}  // namespace

bool Cholesky::factorise(std::span<const double> lower_half) {
  entries_.assign(lower_half.begin(), lower_half.end());
  size_ = 0;
  while (at(size_) < entries_.size()) ++size_;
  rows_.resize(size_);
  roots_.resize(size_);
  for (std::size_t first = 0; first < size_; first += kLanes) {
    if (!factorise_rows(first, std::min(first + kLanes, size_))) return false;
  }
  return true;
}

// Rows first .. end-1, at most kLanes, by those above them and by each other. What a lane holds beyond its row's
// diagonal means nothing, and comes to nothing.
bool Cholesky::factorise_rows(std::size_t first, std::size_t end) {
  for (std::size_t i = first; i < end; ++i) {
    const double* const row = &entries_[at(i)];
    for (std::size_t j = 0; j <= i; ++j) rows_[j][i - first] = row[j];
  }
  for (std::size_t j = 0; j < end; ++j) {
    double* const row = &entries_[at(j)];
    if (j >= first) {
      for (std::size_t k = 0; k < j; ++k) row[k] = rows_[k][j - first];
    }
    Lanes rest = rest_of(row, rows_.data(), j);
    if (j >= first) {
      const double left = rest[j - first];
      if (!(left > 0)) return false;
      roots_[j] = std::sqrt(left);
      row[j] = left / roots_[j];
    }
    for (double& entry : rest) entry /= roots_[j];
    rows_[j] = rest;
  }
  return true;
}

void Cholesky::append(std::vector<double> row, double diagonal, double least) {
  solve_lower(row);
  for (const double entry : row) diagonal -= entry * entry;
  entries_.insert(entries_.end(), row.begin(), row.end());
  entries_.push_back(std::sqrt(std::max(diagonal, least)));
  ++size_;
}

void Cholesky::solve_lower(std::span<double> vector) const {
  const double* row = entries_.data();
  for (std::size_t i = 0; i < vector.size(); ++i) {
    vector[i] = (vector[i] - dot(row, vector.data(), i)) / row[i];
    row += i + 1;
  }
}

void Cholesky::solve_lower(std::span<Lanes> vectors, std::size_t zeros) const {
  for (std::size_t i = zeros; i < vectors.size(); ++i) {
    const double* const row = &entries_[at(i)];
    Lanes rest = rest_of(row + zeros, vectors.data() + zeros, i - zeros);
    for (double& entry : rest) entry /= row[i];
    vectors[i] = rest;
  }
}

void Cholesky::solve_upper(std::span<double> vector) const {
  for (std::size_t i = vector.size(); i-- > 0;) {
    const double* const row = &entries_[at(i)];
    vector[i] /= row[i];
    for (std::size_t j = 0; j < i; ++j) vector[j] -= row[j] * vector[i];
  }
}

}  // namespace shac
