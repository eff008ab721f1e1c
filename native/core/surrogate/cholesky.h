// Cholesky's factor of a positive definite matrix: the lower triangular L whose product with its transpose it is.
//
// Row i of L solves L x = row i of the matrix by the rows above it, so everything here is forward substitution. It
// keeps kLanes sums going side by side, since a processor can. One vector splits each of its sums into kLanes parts; of
// kLanes vectors each has a lane, and sums from its first entry to its last. The two round differently, and the
// proposals of a seed depend on every bit: so each function states its order of operations and keeps to it.
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

  // The factor of a whole matrix, given as its lower half, row after row; in the operations of kLanes vectors. What is
  // left of a diagonal entry is divided by its own root, like the column below it. False when the matrix is not
  // positive definite; the factor is then of no use.
  bool factorise(std::span<const double> lower_half);

  // Adds a row of the matrix, given without its diagonal entry, and that entry; in the operations of one vector. The
  // diagonal entry of L is the root of what is left, or of `least` where rounding leaves less.
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
