#include "core/training/folds.h"

#include <utility>

#include "core/rng.h"

namespace shac {

std::vector<unsigned> stratified_folds(const std::vector<std::uint8_t>& labels, unsigned folds, std::uint64_t seed,
                                       unsigned attempt) {
  std::vector<unsigned> fold_of(labels.size());
  unsigned next = 0;
  for (std::uint8_t label = 0; label < 2; ++label) {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] == label) rows.push_back(i);
    }
    for (std::size_t i = rows.size(); i > 1; --i) {
      const Words words = philox4x32({static_cast<std::uint32_t>(i), label, attempt, 0}, seed);
      std::swap(rows[i - 1], rows[scale_to_levels(words[0], static_cast<std::uint32_t>(i))]);
    }
    // The second class goes on where the first one stopped, which keeps the folds' sizes within one of each other.
    for (const std::size_t row : rows) fold_of[row] = next++ % folds;
  }
  return fold_of;
}

}  // namespace shac
