// The ordered list of classifiers, and the code space that they divide.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/cascade/conditions.h"
#include "core/cascade/forest.h"

namespace shac {

// The prior: d coordinates, each uniform over the raw codes 0 .. levels-1. A coordinate may have a snap table of one
// entry a raw code, which maps every raw code to the code that stands for the same value: its plain code. That is its
// code, unless it has conditions: then its code is kInactive where one of these does not hold, else active_code().
struct CodeSpace {
  using Snap = std::shared_ptr<const std::vector<std::uint16_t>>;
  std::vector<std::uint32_t> levels;
  std::vector<Snap> snaps;  // one a coordinate, null where raw codes are plain codes
  Conditions conditions;    // of as many coordinates, or none

  std::size_t dimensions() const noexcept { return levels.size(); }
  // The codes of a coordinate are below this.
  std::uint32_t end(std::size_t coordinate) const {
    return conditions.on(coordinate) ? std::min(levels[coordinate] + 1, kCodeLimit) : levels[coordinate];
  }
};

// Immutable: `with` makes the longer cascade, sharing the classifiers. Whoever samples holds the one it started with.
class Cascade {
 public:
  explicit Cascade(CodeSpace space);

  const CodeSpace& space() const noexcept { return *space_; }
  std::size_t size() const noexcept { return forests_.size(); }
  const Forest& forest(std::size_t index) const { return *forests_[index]; }

  // Whether some classifier splits on a coordinate, or on one that depends on it.
  bool reads(std::size_t coordinate) const { return (*reads_)[coordinate] != 0; }

  // Throws Error(kInvalidClassifier) when the forest's features are not this space's coordinates.
  Cascade with(std::shared_ptr<const Forest> forest) const;
  Cascade with(Forest forest) const { return with(std::make_shared<const Forest>(std::move(forest))); }

  // Whether each of the first `classifiers` accepts `row`.
  bool accepts(const std::uint16_t* row, std::size_t classifiers) const {
    // The newest classifier rejects most of what the older ones let through: ask it first.
    for (std::size_t k = classifiers; k-- > 0;) {
      if (!forests_[k]->accepts(row)) return false;
    }
    return true;
  }

  // How many of the first `classifiers` reject `row`.
  std::uint32_t rejections(const std::uint16_t* row, std::size_t classifiers) const {
    std::uint32_t count = 0;
    for (std::size_t k = 0; k < classifiers; ++k) count += forests_[k]->accepts(row) ? 0 : 1;
    return count;
  }

 private:
  std::shared_ptr<const CodeSpace> space_;
  std::vector<std::shared_ptr<const Forest>> forests_;
  std::shared_ptr<const std::vector<std::uint8_t>> reads_;  // one a coordinate
};

}  // namespace shac
