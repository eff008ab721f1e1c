// Which rows a cross-validation holds out together.
#pragma once

#include <cstdint>
#include <vector>

namespace shac {

// The fold of each row: classes are shuffled and dealt out in turn, so every fold has its share of each.
std::vector<unsigned> stratified_folds(const std::vector<std::uint8_t>& labels, unsigned folds, std::uint64_t seed,
                                       unsigned attempt = 0);

}  // namespace shac
