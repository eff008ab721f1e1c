// Splitting boxes of the code space until what all classifiers accept lies in few and small ones: see partition.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/cancel.h"
#include "core/cascade/bounds.h"

namespace shac {

// The raw codes of a coordinate in the order of the codes they stand for.
struct Axis {
  std::vector<std::uint16_t> sorted;      // empty where raw codes are codes
  std::vector<std::uint32_t> raws_below;  // for code c: raw codes that stand for a code below c; empty likewise
  std::uint32_t levels;

  std::uint32_t below(std::uint32_t code) const { return raws_below.empty() ? code : raws_below[code]; }
};

// The codes lo[j] <= code < hi[j], and what is known of the classifiers there.
struct CodeBox {
  std::vector<std::uint16_t> lo;
  std::vector<std::uint16_t> hi;
  double mass;
  double yield;                 // share of mass that the last splits removed, fading
  std::uint64_t undecided;      // classifiers that neither accept nor reject all of it
  std::vector<SumBounds> sums;  // of each classifier: valid, perhaps those of a box around this one

  BoxView view() const { return {lo.data(), hi.data()}; }
};

// Splits boxes on one thread. The arguments must outlive it.
class Splitter {
 public:
  using Bounds = std::vector<std::shared_ptr<const ClassifierBounds>>;  // one a classifier

  Splitter(const std::vector<Axis>& axes, const Bounds& bounds) : axes_(axes), bounds_(bounds) {}

  // Splits boxes of `open` until none is worth it or there are `max_boxes`. What comes out is appended to `done`.
  // Returns the cost, in nanoseconds of a nominal processor. Throws Cancelled.
  double run(std::vector<CodeBox> open, double worth_a_mass, std::size_t max_boxes, std::vector<CodeBox>& done,
             const CancelToken& token);

 private:
  // The cut of a box that is taken, and the classifier whose bounds it is judged by.
  struct Choice {
    std::uint32_t classifier;
    ClassifierBounds::Cut cut;
  };

  double split_cost(const CodeBox& box) const;
  void split(CodeBox box, std::vector<CodeBox>& open, std::vector<CodeBox>& done);
  std::optional<Choice> choose(const CodeBox& box);
  // The undecided classifiers, the one that is closest to rejecting the box first, in ranked_.
  void rank(const CodeBox& box);
  // Of cuts_: the one with the least volume left to search, a part counting less the closer it is to being rejected.
  const ClassifierBounds::Cut* best_cut(const CodeBox& box, std::int32_t upper, std::int32_t grey) const;
  // Brings the bounds of the most promising classifiers up to date. False when one rejects the whole box.
  bool refresh(CodeBox& box);

  const std::vector<Axis>& axes_;
  const Bounds& bounds_;
  std::vector<std::uint32_t> ranked_;
  std::vector<ClassifierBounds::Cut> cuts_;
  std::vector<std::int32_t> scratch_;
};

}  // namespace shac
