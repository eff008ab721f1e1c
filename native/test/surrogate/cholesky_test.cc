// Cholesky's factor: against what it is defined by, and against the sums that each function states, bit for bit.
#include "core/surrogate/cholesky.h"

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "test/support.h"

namespace shac::test {
namespace {

using Lanes = Cholesky::Lanes;
using Matrix = std::vector<std::vector<double>>;  // a lower half, row after row

constexpr std::size_t kMostRows = 40;  // several times the lanes

// Of random rows, and so positive definite.
Matrix random_matrix(Random& random, std::size_t n) {
  Matrix rows(n, std::vector<double>(n));
  for (auto& row : rows) {
    for (double& entry : row) entry = random.unit() - 0.5;
  }
  Matrix matrix(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = i == j ? 0.1 : 0;
      for (std::size_t k = 0; k < n; ++k) sum += rows[i][k] * rows[j][k];
      matrix[i].push_back(sum);
    }
  }
  return matrix;
}

std::vector<double> flat(const Matrix& matrix) {
  std::vector<double> entries;
  for (const auto& row : matrix) entries.insert(entries.end(), row.begin(), row.end());
  return entries;
}

Cholesky factorised(const Matrix& matrix) {
  Cholesky factor;
  EXPECT_TRUE(factor.factorise(flat(matrix)));
  return factor;
}

Cholesky appended(const Matrix& matrix, double least = 0) {
  Cholesky factor;
  for (const auto& row : matrix) factor.append({row.begin(), row.end() - 1}, row.back(), least);
  return factor;
}

std::vector<double> random_vector(Random& random, std::size_t n) {
  std::vector<double> vector;
  for (std::size_t i = 0; i < n; ++i) vector.push_back(random.unit() - 0.5);
  return vector;
}

void expect_factor(const Cholesky& factor, const Matrix& matrix) {
  ASSERT_EQ(factor.size(), matrix.size());
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    ASSERT_EQ(factor.row(i).size(), i + 1);
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k <= j; ++k) sum += factor.row(i)[k] * factor.row(j)[k];
      EXPECT_NEAR(sum, matrix[i][j], 1e-12);
    }
  }
}

TEST(Cholesky, TimesItsTransposeIsTheMatrix) {
  Random random(1);
  for (std::size_t n = 0; n <= kMostRows; ++n) {
    const Matrix matrix = random_matrix(random, n);
    expect_factor(factorised(matrix), matrix);
    expect_factor(appended(matrix), matrix);
  }
}

TEST(Cholesky, IsThatOfTheLastMatrix) {
  Random random(2);
  Cholesky factor;
  for (const std::size_t n : {20, 5, 33, 0, 12}) {
    const Matrix matrix = random_matrix(random, n);
    ASSERT_TRUE(factor.factorise(flat(matrix)));
    expect_factor(factor, matrix);
  }
}

TEST(Cholesky, IsOfPositiveDefiniteMatricesOnly) {
  Random random(3);
  for (const std::size_t n : {1, 8, 9, 30}) {
    for (const double bad : {-1.0, 0.0, std::numeric_limits<double>::quiet_NaN()}) {
      Matrix matrix = random_matrix(random, n);
      matrix[random.below(n)].back() = bad;
      EXPECT_FALSE(Cholesky().factorise(flat(matrix))) << n << " rows, " << bad;
    }
  }
}

TEST(Cholesky, KeepsTheLeastDiagonalWhereRoundingLeavesLess) {
  const Cholesky factor = appended({{1}, {1, 1}, {1, 1, 1 - 1e-9}}, 0.25);
  EXPECT_EQ(factor.row(1)[1], 0.5);
  EXPECT_EQ(factor.row(2)[2], 0.5);
}

TEST(Cholesky, SolvesByItselfAndByItsTranspose) {
  Random random(4);
  for (std::size_t n = 1; n <= kMostRows; ++n) {
    const Cholesky factor = appended(random_matrix(random, n));
    const std::vector<double> expected = random_vector(random, n);
    std::vector<double> lower(n), upper(n);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        lower[i] += factor.row(i)[j] * expected[j];
        upper[j] += factor.row(i)[j] * expected[i];
      }
    }
    factor.solve_lower(lower);
    factor.solve_upper(upper);
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_NEAR(lower[i], expected[i], 1e-9);
      EXPECT_NEAR(upper[i], expected[i], 1e-9);
    }
  }
}

// The trials of a seed depend on every bit from here on: what follows holds exactly.

TEST(Cholesky, SumsEachOfSeveralVectorsFromItsFirstEntry) {
  Random random(5);
  for (std::size_t n = 1; n <= kMostRows; ++n) {
    const Cholesky factor = appended(random_matrix(random, n));
    std::vector<Lanes> vectors(n);
    Matrix expected;
    for (std::size_t lane = 0; lane < Cholesky::kLanes; ++lane) {
      std::vector<double>& vector = expected.emplace_back(random_vector(random, n));
      for (std::size_t i = 0; i < n; ++i) vectors[i][lane] = vector[i];
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < i; ++j) vector[i] -= factor.row(i)[j] * vector[j];
        vector[i] /= factor.row(i)[i];
      }
    }
    factor.solve_lower(vectors);
    for (std::size_t lane = 0; lane < Cholesky::kLanes; ++lane) {
      for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(vectors[i][lane], expected[lane][i]);
    }
  }
}

TEST(Cholesky, SkipsZerosWithoutATrace) {
  Random random(6);
  const Cholesky factor = appended(random_matrix(random, kMostRows));
  for (std::size_t zeros = 0; zeros <= kMostRows; ++zeros) {
    std::vector<Lanes> vectors(kMostRows);
    for (std::size_t i = zeros; i < kMostRows; ++i) {
      for (double& entry : vectors[i]) entry = random.unit() - 0.5;
    }
    std::vector<Lanes> skipped = vectors;
    factor.solve_lower(vectors);
    factor.solve_lower(skipped, zeros);
    ASSERT_EQ(skipped, vectors);
  }
}

TEST(Cholesky, SumsOneVectorInParts) {
  Random random(7);
  for (std::size_t n = 1; n <= kMostRows; ++n) {
    const Cholesky factor = appended(random_matrix(random, n));
    std::vector<double> vector = random_vector(random, n), expected = vector;
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t whole = i / Cholesky::kLanes * Cholesky::kLanes;
      Lanes parts{};
      for (std::size_t j = 0; j < whole; ++j) parts[j % Cholesky::kLanes] += factor.row(i)[j] * expected[j];
      double sum = 0;
      for (std::size_t j = whole; j < i; ++j) sum += factor.row(i)[j] * expected[j];
      for (const double part : parts) sum += part;
      expected[i] = (expected[i] - sum) / factor.row(i)[i];
    }
    factor.solve_lower(vector);
    ASSERT_EQ(vector, expected);
  }
}

// As textbooks write it: column after column, each less its share of those before.
TEST(Cholesky, OfAWholeMatrixIsThatOfOneColumnAfterTheOther) {
  Random random(8);
  for (std::size_t n = 1; n <= kMostRows; ++n) {
    const Matrix matrix = random_matrix(random, n);
    Matrix expected = matrix;
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t k = 0; k < j; ++k) {
        const double share = expected[j][k];
        for (std::size_t i = j; i < n; ++i) expected[i][j] -= share * expected[i][k];
      }
      const double root = std::sqrt(expected[j][j]);
      for (std::size_t i = j; i < n; ++i) expected[i][j] /= root;
    }
    const Cholesky factor = factorised(matrix);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j) ASSERT_EQ(factor.row(i)[j], expected[i][j]) << i << ", " << j;
    }
  }
}

TEST(Cholesky, GrowsByWhatOneVectorIsSolvedFor) {
  Random random(9);
  const Matrix matrix = random_matrix(random, kMostRows);
  Cholesky factor;
  for (const auto& row : matrix) {
    std::vector<double> solved(row.begin(), row.end() - 1);
    factor.solve_lower(solved);
    double rest = row.back();
    for (const double entry : solved) rest -= entry * entry;
    solved.push_back(std::sqrt(rest));
    factor.append({row.begin(), row.end() - 1}, row.back(), 0);
    const auto last = factor.row(factor.size() - 1);
    ASSERT_EQ(std::vector<double>(last.begin(), last.end()), solved);
  }
}

}  // namespace
}  // namespace shac::test
