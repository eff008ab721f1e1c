// How far a long computation is: written by its threads, read by others while it goes on.
#pragma once

#include <atomic>
#include <cstdint>

namespace shac {

// Each number is whole, but two of them may be of different moments.
struct Progress {
  std::atomic<std::uint64_t> accepted{0};  // candidates found
  std::atomic<std::uint64_t> draws{0};     // that were made for them
  std::atomic<double> acceptance{0};  // of a draw from the prior, estimated from them; 0 before the first candidate
  std::atomic<double> live_mass{1};   // proven upper bound on it
};

}  // namespace shac
