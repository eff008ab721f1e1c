// Cholesky's factor of a positive definite matrix: the lower triangular L whose product with its transpose it is.
//
// Row i of L solves L x = row i of the matrix, by the rows above it; so all here is forward substitution. It works on
// kLanes sums side by side, which a processor does at once. A vector on its own is summed in kLanes parts; of kLanes
// vectors each has a lane, and is summed from the first entry to the last. The two round differently, and what a seed
// proposes depends on every bit: each function keeps to the order of operations that it states.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace shac {

class Cholesky {
 public:
  static constexpr std::size_t kLanes = 8;
  using Lanes = std::array<double, kLanes>;

  std::size_t size() const noexcept { return size_; }
  void reserve(std::size_t rows) { entries_.reserve(at(rows)); }
  // Row i of L: i + 1 entries, the diagonal last.
  std::span<const double> row(std::size_t i) const { return std::span(entries_).subspan(at(i), i + 1); }

  // The factor of a whole matrix, given as its lower half, row after row; in the operations of kLanes vectors. The
  // diagonal is what is left of it, divided by the root of that. False when the matrix is not positive definite, or not
  // finite: the factor is then of no use.
  bool factorise(std::span<const double> lower_half);

  // One more row of the matrix, without its diagonal, and that; in the operations of one vector. The diagonal of L is
  // the root of what is left, or of `least` where rounding leaves less.
  void append(std::vector<double> row, double diagonal, double least);

  // vector = L^-1 vector, in place, for a vector of size() entries.
  void solve_lower(std::span<double> vector) const;
  // The same for kLanes vectors: entry i of each is in vectors[i]. The first `zeros` of them are known to be 0.
  void solve_lower(std::span<Lanes> vectors, std::size_t zeros = 0) const;
  // vector = (L transposed)^-1 vector, in place.
  void solve_upper(std::span<double> vector) const;

 private:
  static constexpr std::size_t at(std::size_t row) { return row * (row + 1) / 2; }

  bool factorise_rows(std::size_t first, std::size_t end);

  std::size_t size_ = 0;
  std::vector<double> entries_;  // row after row
  // What factorise() works with: its rows, a lane each, and what it divides each column by.
  std::vector<Lanes> rows_;
  std::vector<double> roots_;
};

}  // namespace shac
