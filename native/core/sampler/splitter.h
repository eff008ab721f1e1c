// Splitting boxes of the code space until what all classifiers accept lies in few and small ones: see partition.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/cancel.h"
#include "core/cascade/bounds.h"
#include "core/cascade/cascade.h"

namespace shac {

// The raw codes of a coordinate in the order of the codes they stand for.
struct Axis {
  Axis(const CodeSpace& space, std::size_t coordinate);

  std::vector<std::uint16_t> sorted;      // plain codes; empty where raw codes are plain codes
  std::vector<std::uint32_t> raws_below;  // for plain code c: raw codes that stand for one below c; empty likewise
  std::uint32_t levels;
  std::uint32_t end;  // codes are below it
  bool conditional;

  // How many raw codes stand for a code below this one, where the coordinate is active.
  std::uint32_t below(std::uint32_t code) const {
    if (code >= end) return levels;
    const std::uint32_t plain = conditional && code > 0 ? code - 1 : code;
    return raws_below.empty() ? plain : raws_below[plain];
  }
};

// The codes lo[j] <= code < hi[j], and what is known of the classifiers there. A conditional coordinate is either
// active in all of the box (its lo is above kInactive), or nowhere (kInactive is all it has), or in part: then it has
// all codes.
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

  Splitter(const std::vector<Axis>& axes, const Bounds& bounds, const Conditions& conditions)
      : axes_(axes), bounds_(bounds), conditions_(conditions) {}

  // Splits boxes of `open` until none is worth it or there are `max_boxes`. What comes out is appended to `done`.
  // Returns the cost, in nanoseconds of a nominal processor. Throws Cancelled.
  double run(std::vector<CodeBox> open, double worth_a_mass, std::size_t max_boxes, std::vector<CodeBox>& done,
             const CancelToken& token);

 private:
  using Cut = ClassifierBounds::Cut;
  // The cut of a box that is taken, and the classifier whose bounds it is judged by.
  struct Choice {
    std::uint32_t classifier;
    Cut cut;
  };

  double split_cost(const CodeBox& box) const;
  void split(CodeBox box, std::vector<CodeBox>& open, std::vector<CodeBox>& done);
  std::optional<Choice> choose(const CodeBox& box);
  // The undecided classifiers, the one that is closest to rejecting the box first, in ranked_.
  void rank(const CodeBox& box);
  // Of cuts_: the one with the least volume left to search, a part counting less the closer it is to being rejected.
  const Cut* best_cut(const CodeBox& box, std::int32_t upper, std::int32_t grey) const;
  bool active_in_part(const CodeBox& box, std::size_t coordinate) const {
    return conditions_.on(coordinate) && box.lo[coordinate] == kInactive && box.hi[coordinate] > kInactive + 1;
  }
  // A coordinate that is active in part cannot be cut. In the place of such cuts, some that make it active in all of
  // one side, or in none: of the coordinates that it depends on.
  void cut_parents_instead(const CodeBox& box, const ClassifierBounds& bounds);
  std::optional<Cut> deciding_cut(const CodeBox& box, std::uint32_t coordinate) const;
  // After a cut of a coordinate: which of those that depend on it are active now.
  void decide_dependants(CodeBox& box, std::uint32_t coordinate) const;
  // Brings the bounds of the most promising classifiers up to date. False when one rejects the whole box.
  bool refresh(CodeBox& box);

  const std::vector<Axis>& axes_;
  const Bounds& bounds_;
  const Conditions& conditions_;
  std::vector<std::uint32_t> ranked_;
  std::vector<Cut> cuts_;
  std::vector<std::int32_t> scratch_;
};

}  // namespace shac
