// Whether two samples have the same distribution: Kolmogorov-Smirnov on every coordinate, and the masses of random
// sub-boxes. And the cascades on which samplers are compared with naive rejection.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "test/conditions.h"
#include "test/support.h"

namespace shac::test {

inline constexpr std::size_t kPoints = kSanitized ? 4'000 : 20'000;
inline constexpr double kAlpha = 1e-7;  // of each single comparison: a few thousand of them stay quiet

using Rows = std::vector<std::uint16_t>;

// Shares no random numbers and no kernel with the sampler.
inline Rows naive_rejection(const Cascade& cascade, std::uint64_t seed) {
  const CodeSpace& space = cascade.space();
  const std::size_t d = space.dimensions();
  Random random(seed);
  Rows rows;
  std::vector<std::uint16_t> row(d);
  while (rows.size() < kPoints * d) {
    for (std::size_t j = 0; j < d; ++j) {
      const std::uint64_t raw = random.below(space.levels[j]);
      row[j] = space.snaps[j] ? (*space.snaps[j])[raw] : static_cast<std::uint16_t>(raw);
    }
    deactivate(space, row);
    if (cascade.accepts(row.data(), cascade.size())) rows.insert(rows.end(), row.begin(), row.end());
  }
  return rows;
}

// The largest statistic of all comparisons, in units of what is improbable: above 1 the distributions differ.
inline double difference(const Rows& a, const Rows& b, std::size_t d) {
  double worst = 0;
  const std::size_t n = a.size() / d;
  const std::size_t m = b.size() / d;
  const double ks_limit =
      std::sqrt(-std::log(kAlpha / 2) / 2 * (1.0 / static_cast<double>(n) + 1.0 / static_cast<double>(m)));
  for (std::size_t j = 0; j < d; ++j) {
    std::vector<double> ahead(32769);
    for (std::size_t i = 0; i < n; ++i) ahead[a[i * d + j]] += 1.0 / static_cast<double>(n);
    for (std::size_t i = 0; i < m; ++i) ahead[b[i * d + j]] -= 1.0 / static_cast<double>(m);
    double sum = 0;
    for (const double step : ahead) worst = std::max(worst, std::abs(sum += step) / ks_limit);
  }
  Random random(15);
  const double z_limit = 5.33;  // two-sided 1e-7
  for (int box = 0; box < 400; ++box) {
    struct Side {
      std::size_t coordinate;
      std::int32_t lo, hi;
    };
    std::vector<Side> sides;
    const Rows& from = box % 2 == 0 ? a : b;
    const std::size_t centre = random.below(from.size() / d);
    for (std::size_t s = random.between(1, 3); s > 0; --s) {
      const std::size_t j = random.below(d);
      // From the centre to other points of the sample: sides that follow its scale.
      const auto reach = [&] {
        return std::abs(std::int32_t{from[random.below(from.size() / d) * d + j]} - std::int32_t{from[centre * d + j]});
      };
      sides.push_back({j, from[centre * d + j] - reach(), from[centre * d + j] + reach()});
    }
    const auto count = [&](const Rows& rows) {
      double inside = 0;
      for (std::size_t i = 0; i < rows.size(); i += d) {
        inside += std::all_of(sides.begin(), sides.end(),
                              [&](const Side& side) {
                                return rows[i + side.coordinate] >= side.lo && rows[i + side.coordinate] <= side.hi;
                              })
                      ? 1
                      : 0;
      }
      return inside;
    };
    const double p = count(a) / static_cast<double>(n);
    const double q = count(b) / static_cast<double>(m);
    const double pooled = (p * static_cast<double>(n) + q * static_cast<double>(m)) / static_cast<double>(n + m);
    if (pooled * static_cast<double>(std::min(n, m)) < 50 || pooled == 1) continue;  // too few for a normal
    const double deviation =
        std::sqrt(pooled * (1 - pooled) * (1.0 / static_cast<double>(n) + 1.0 / static_cast<double>(m)));
    worst = std::max(worst, std::abs(p - q) / deviation / z_limit);
  }
  return worst;
}

// Whether drawing from boxes pays here: surely, as the cost model has it, or there can be none.
enum class Boxes { kPay, kMayPay, kImpossible };

struct Case {
  const char* name;
  Boxes boxes;
  Cascade cascade;
};

inline std::vector<Case> cases() {
  const auto continuous = [](std::size_t d) { return plain_space(std::vector<std::uint32_t>(d, 32768)); };
  Random random(16);
  std::vector<Case> all;
  all.push_back({"b2 n=10", Boxes::kPay, searched_cascade(continuous(2), 8, 10, 21, {}, branin)});
  all.push_back({"h6 n=10", Boxes::kPay, searched_cascade(continuous(6), 7, 10, 22, {}, hartmann6)});
  all.push_back({"h6 n=20", Boxes::kPay, searched_cascade(continuous(6), 7, 20, 23, {}, hartmann6)});
  CodeSpace mixed = plain_space({32768, 4, 32768, 10, 2, 1000, 32768, 7});
  mixed.snaps[5] = random_snap(random, 1000);
  mixed.snaps[7] = random_snap(random, 7);
  all.push_back({"mixed d=8", Boxes::kPay, searched_cascade(mixed, 7, 15, 24, {}, distance_to_middle)});
  all.push_back({"h6 n=100", Boxes::kMayPay, searched_cascade(continuous(6), 4, 100, 27, {}, hartmann6)});
  all.push_back({"h50 n=20", Boxes::kMayPay, searched_cascade(continuous(50), 6, 20, 25, {}, hartmann6)});
  all.push_back({"coarse d=5", Boxes::kMayPay,
                 searched_cascade(plain_space({3, 10'000, 2, 6, 40}), 4, 30, 28, {}, distance_to_middle)});
  all.push_back({"tree of conditions", Boxes::kPay, searched_cascade(tree_space(), 6, 30, 29, {}, distance_to_middle)});
  all.push_back({"131072 branches", Boxes::kMayPay, searched_cascade(switches(17), 5, 30, 30, {}, distance_to_middle)});
  all.push_back({"deep trees", Boxes::kImpossible,
                 searched_cascade(continuous(3), 5, 60, 26, {.rounds = 40, .max_depth = 7}, distance_to_middle)});
  return all;
}

}  // namespace shac::test
