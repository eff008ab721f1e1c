// What the programs of bench/native share: rows to train on, and their times.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <vector>

#include "core/cascade/cascade.h"
#include "core/sampler/draw.h"

namespace shac::bench {

inline CodeSpace continuous_space(std::size_t d) {
  return {std::vector<std::uint32_t>(d, 32768), std::vector<CodeSpace::Snap>(d)};
}

inline std::vector<std::uint16_t> random_rows(const CodeSpace& space, std::uint32_t stream, std::size_t rows) {
  const std::size_t d = space.dimensions();
  std::vector<std::uint16_t> codes(rows * d);
  for (std::size_t i = 0; i < rows; ++i) draw_codes(space, 1, stream, i, codes.data() + i * d);
  return codes;
}

// 1 for the better half by a smooth function of the first six coordinates.
inline std::vector<std::uint8_t> labels_of(const std::vector<std::uint16_t>& codes, std::size_t d) {
  std::vector<double> values(codes.size() / d);
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < std::min<std::size_t>(d, 6); ++j) {
      const double x = codes[i * d + j] / 32768.0 - 0.1 * static_cast<double>(j + 2);
      values[i] += x * x;
    }
  }
  std::vector<double> sorted = values;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2), sorted.end());
  std::vector<std::uint8_t> labels(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) labels[i] = values[i] < sorted[sorted.size() / 2] ? 1 : 0;
  return labels;
}

// Processor time of this thread: other work on the machine does not count.
inline double nanoseconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e9 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec);
}

inline double median(std::vector<double> times) {
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  return times[times.size() / 2];
}

}  // namespace shac::bench
