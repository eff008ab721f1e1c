// Bounds of a classifier's 16-bit sum over boxes of the code space.
#pragma once

#include <cstdint>
#include <vector>

#include "core/cascade/forest.h"

namespace shac {

// A box holds the codes lo[j] <= code < hi[j]. It is given as both ends of every coordinate.
struct BoxView {
  const std::uint16_t* lo;
  const std::uint16_t* hi;
};

struct SumBounds {
  std::int32_t upper;
  std::int32_t lower;
};

// Immutable; any number of threads may use it, each with a Scratch of its own.
class ClassifierBounds {
 public:
  explicit ClassifierBounds(const Forest& forest);

  std::size_t trees() const noexcept { return trees_.size(); }
  std::int32_t grey() const noexcept { return grey_; }

  // The kernel's sum lies within these for every row in the box.
  SumBounds over(const BoxView& box) const;

  // A place to cut a box: codes below `threshold` of `feature` on the left. With the exact upper bounds of both parts.
  struct Cut {
    std::uint32_t feature;
    std::uint16_t threshold;
    std::int32_t left_upper;
    std::int32_t right_upper;
  };
  // Every cut at one of the forest's thresholds that is inside the box. One pass over the trees.
  void cuts(const BoxView& box, std::vector<Cut>& cuts, std::vector<std::int32_t>& scratch) const;

 private:
  struct Rank {
    std::uint16_t of[7];  // of each node's threshold among those of its feature
  };

  std::vector<Tree3> trees_;
  std::vector<Rank> ranks_;
  std::int32_t bias_;
  std::int32_t grey_;
  // Distinct thresholds of each used feature, ascending; those of used_[i] are at first_[i] .. first_[i + 1] - 1.
  std::vector<std::uint32_t> used_;
  std::vector<std::uint32_t> first_;
  std::vector<std::uint16_t> thresholds_;
  std::vector<std::uint32_t> place_;  // feature -> index in used_
};

}  // namespace shac
