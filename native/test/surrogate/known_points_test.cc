// Known points: those that are there, and those that are the same but for rounding, are found; no others.
#include "core/surrogate/known_points.h"

#include <atomic>
#include <cmath>

#include "core/joining_thread.h"
#include "test/support.h"

namespace shac::test {
namespace {

using Point = std::vector<double>;

// As it says in the header, one point after the other.
bool naive(const std::vector<Point>& points, const Point& point, std::size_t rows) {
  return std::any_of(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(rows), [&](const Point& other) {
    return std::equal(point.begin(), point.end(), other.begin(),
                      [](double a, double b) { return std::abs(a - b) <= KnownPoints::kSamePlace; });
  });
}

Point random_point(Random& random, std::size_t d, std::uint64_t levels) {
  Point point;
  for (std::size_t k = 0; k < d; ++k) {
    point.push_back(levels == 0 ? random.unit() : (static_cast<double>(random.below(levels)) + 0.5) / levels);
  }
  return point;
}

// Moved by parts and multiples of what counts as nothing, and by exactly that.
Point moved(Random& random, Point point) {
  for (double& place : point) {
    const double share = random.pick({0.0, 1e-6, 0.5, 0.999, 1.0, 1.001, 2.0});
    place += (random.below(2) == 0 ? -1 : 1) * share * KnownPoints::kSamePlace;
  }
  return point;
}

TEST(KnownPoints, AreThoseThatDifferByRoundingAtTheMost) {
  Random random(1);
  std::size_t found = 0, asked = 0;
  for (int i = 0; i < 120; ++i) {
    const std::size_t d = random.pick({1u, 2u, 6u, 100u});
    const std::uint64_t levels = random.pick({0u, 2u, 3u, 40u});
    KnownPoints known(d);
    std::vector<Point> points;
    for (std::size_t row = random.below(60); row > 0; --row) {
      points.push_back(points.empty() || random.below(3) > 0 ? random_point(random, d, levels)
                                                             : moved(random, points[random.below(points.size())]));
      known.add(points.back());
    }
    ASSERT_EQ(known.size(), points.size());
    for (int j = 0; j < 100; ++j) {
      Point point = points.empty() || random.below(4) == 0 ? random_point(random, d, levels)
                                                           : moved(random, points[random.below(points.size())]);
      const std::size_t rows = random.below(points.size() + 1);
      const bool expected = naive(points, point, rows);
      ASSERT_EQ(known.has(point, rows), expected);
      found += expected ? 1 : 0;
      ++asked;
    }
  }
  EXPECT_GT(found, asked / 20);
  EXPECT_LT(found, asked);
}

TEST(KnownPoints, AreAskedForWhileOthersAreAdded) {
  constexpr std::size_t kFirst = 50, kAll = 3000;
  Random random(2);
  std::vector<Point> points;
  for (std::size_t i = 0; i < kAll; ++i) points.push_back(random_point(random, 3, 0));
  KnownPoints known(3);
  for (std::size_t i = 0; i < kFirst; ++i) known.add(points[i]);
  std::atomic<std::size_t> wrong{0};
  std::atomic<bool> is_over{false};
  {
    std::vector<JoiningThread> readers;
    for (std::size_t offset : {0, 1, 2}) {
      readers.emplace_back([&, offset] {
        for (std::size_t i = offset; !is_over; ++i) {
          if (known.has(points[i % kAll], kFirst) != (i % kAll < kFirst)) ++wrong;
        }
      });
    }
    for (std::size_t i = kFirst; i < kAll; ++i) known.add(points[i]);
    is_over = true;
  }
  EXPECT_EQ(wrong, 0u);
}

}  // namespace
}  // namespace shac::test
