// Boxes of the code space that together contain everything that every classifier accepts. Proposals from them, by mass,
// are accepted far more often than draws from the whole space, and what is accepted has exactly the same distribution.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/cancel.h"
#include "core/cascade/bounds.h"
#include "core/cascade/cascade.h"
#include "core/sampler/splitter.h"

namespace shac {

// How far to refine. Costs are counted, not timed, so that the boxes are the same on every machine.
struct RefineRequest {
  double proposals = 0;  // that the present boxes would still need
  std::size_t max_boxes = 0;
  unsigned threads = 1;  // does not change the result
};

class Partition {
 public:
  static constexpr std::size_t kMaxClassifiers = 64;

  // One box: the whole space. `cascade` is kept; its first `classifiers` decide, at most kMaxClassifiers, each with a
  // kernel (see supports()).
  Partition(Cascade cascade, std::size_t classifiers);

  Partition(const Partition&) = delete;
  Partition& operator=(const Partition&) = delete;

  static bool supports(const Cascade& cascade, std::size_t classifiers);

  // Splits boxes for as long as the proposals that this saves cost more than the splits. Returns the cost of the
  // splits, in nanoseconds of a nominal processor.
  double refine(const RefineRequest& request, const CancelToken& token);

  std::size_t boxes() const noexcept { return boxes_; }
  // Share of the prior inside the boxes: a proven upper bound on the acceptance. 0 proves that nothing is accepted.
  double live_mass() const noexcept { return live_mass_; }
  // Nanoseconds of a nominal processor for one proposal.
  double proposal_cost() const noexcept { return proposal_cost_; }
  // Memory of a box.
  static std::size_t bytes_per_box(std::size_t dimensions, std::size_t classifiers);

  const CodeSpace& space() const noexcept { return cascade_.space(); }

  // The codes of a box along one coordinate: begin <= code < end. Boxes do not overlap. Of a conditional coordinate
  // that is not active all over a box it has kInactive, and the others too where it is active in some of its rows.
  struct Range {
    std::uint16_t begin;
    std::uint16_t end;
  };
  Range range(std::size_t box, std::size_t coordinate) const;

  // The box of a proposal, from 64 random bits: by mass.
  std::uint32_t box_of(std::uint64_t bits) const;
  // The plain code of a coordinate inside a box, from 32 random bits: uniform over the box's raw codes.
  std::uint16_t plain_code(std::uint32_t box, std::uint32_t coordinate, std::uint32_t bits) const {
    const std::uint16_t at = raw_[box * dimensions_ + coordinate].at(bits);
    const auto& sorted = axes_[coordinate].sorted;
    return sorted.empty() ? at : sorted[at];
  }
  // The same for many boxes, the bits in two halves.
  void plain_codes(std::uint32_t coordinate, const std::uint32_t* boxes, const std::uint16_t* high,
                   const std::uint16_t* low, std::size_t count, std::int16_t* codes) const;

 private:
  // Raw codes begin .. begin + width - 1.
  struct RawRange {
    std::uint16_t begin;
    std::uint16_t width;
    std::uint16_t at(std::uint32_t bits) const {
      return static_cast<std::uint16_t>(begin + ((std::uint64_t{bits} * width) >> 32));
    }
  };

  void seal(std::vector<CodeBox> boxes);

  Cascade cascade_;
  std::size_t classifiers_;
  std::size_t dimensions_;
  std::vector<Axis> axes_;
  std::vector<std::shared_ptr<const ClassifierBounds>> bounds_;
  std::vector<CodeBox> live_;
  std::size_t boxes_ = 1;
  double live_mass_ = 1;
  double proposal_cost_ = 0;

  // What box_of() and code() read.
  std::vector<RawRange> raw_;         // boxes x dimensions
  std::vector<double> cumulative_;    // share of the boxes up to and including each
  std::vector<std::uint32_t> guide_;  // first box to look at, for each of guide_.size() equal steps
};

}  // namespace shac
