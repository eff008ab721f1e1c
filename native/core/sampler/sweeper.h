// Single-coordinate Metropolis moves for a block of chains that stay inside the region some classifiers accept.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/cancel.h"
#include "core/cascade/cascade.h"
#include "core/cascade/kernel.h"
#include "core/sampler/drawer.h"

namespace shac {

// For each coordinate, what of each classifier has to be evaluated anew when that coordinate and those that depend on
// it change, and no others: the trees that split on them. Immutable after construction; `cascade` must outlive it.
class Readers {
 public:
  struct Reader {
    std::uint32_t classifier;
    const Forest* forest;
    // Empty where the forest has no kernel: it is then asked about the whole row.
    std::vector<Stump> stumps;
    std::vector<Tree2> trees2;
    std::vector<Tree3> trees3;
    std::vector<std::uint32_t> features;  // that these trees split on

    ForestView view() const noexcept;
  };

  // Of the first `classifiers`.
  Readers(const Cascade& cascade, std::size_t classifiers);

  // In the order in which they are asked: the newest rejects most, those without a kernel cost most.
  std::span<const Reader> of(std::size_t coordinate) const { return readers_[coordinate]; }

 private:
  std::vector<std::vector<Reader>> readers_;  // one list a coordinate
};

// Moves kBlock chains at once, codes[coordinate * kBlock + lane], with the verdicts of XGBoost. A proposal is a prior
// draw of one coordinate, and of those that depend on it; it is taken when all classifiers in force accept the row with
// it. Moves of that kind leave the prior conditioned on these classifiers as it is. Coordinates that no classifier
// reads are not drawn.
//
// The sums of the classifiers are kept from move to move: a proposal costs the trees that read its coordinate, once
// with the old code and once with the new one. They are sums of whole numbers, so nothing is lost over many moves.
//
// Belongs to one thread; the arguments must outlive it.
class Sweeper {
 public:
  // Draws are below 2^kPartShift; those of part j + 1 have these bits above.
  static constexpr int kPartShift = 48;
  static constexpr std::size_t kMostParts = std::size_t{1} << 15;

  Sweeper(const Cascade& cascade, const Readers& readers, const Kernel& kernel, std::uint64_t seed,
          std::uint32_t stream);

  // Fresh rows of the prior: draws first .. first + kBlock - 1.
  void draw(std::uint64_t first, std::int16_t* codes);

  // The lanes that a classifier accepts, ascending. Valid until the next call.
  std::span<const std::uint16_t> accepted(const Forest& forest, const std::int16_t* codes);

  // Begins moves inside the region that the first `classifiers` accept; every lane has to be in it.
  void enter(std::size_t classifiers, const std::int16_t* codes);
  // One move of each coordinate in turn, with the codes of draws first .. first + kBlock - 1 as proposals. A coordinate
  // that depends on others, or others on it, has the same draws of a part of the stream of its own: kPartShift. Throws
  // Cancelled soon after the token is set; the codes are then of no further use.
  void sweep(std::uint64_t first, std::int16_t* codes, const CancelToken& token);

 private:
  void move(std::size_t coordinate, std::int16_t* codes, const CancelToken& token);
  // Fills moved_, settled_ and their proposals.
  void propose(std::size_t coordinate);
  // Exchanges the codes of the coordinates in moved_ with their proposals.
  void swap_moved(std::int16_t* codes);
  // changed_ of the reader's classifier, for the lanes in lanes_.
  void change(const Readers::Reader& reader, std::int16_t* codes);
  // Keeps those of lanes_ that `forest` accepts; `sums` are its kernel's, null where it has none.
  void keep_accepted(const Forest& forest, const std::int16_t* sums, const std::int16_t* codes);
  void all_lanes();
  bool accepts_exactly(const Forest& forest, const std::int16_t* codes, std::size_t lane);

  const Cascade& cascade_;
  const Readers& readers_;
  const Kernel& kernel_;
  Drawer drawer_;
  std::size_t classifiers_ = 0;
  std::vector<std::uint64_t> draws_;     // kBlock
  std::vector<std::uint64_t> others_;    // kBlock
  std::vector<std::int16_t> proposals_;  // dimensions x kBlock
  std::vector<std::uint32_t> moved_;     // the coordinate that moves, and those that depend on it
  std::vector<std::uint32_t> settled_;   // the conditional ones of these
  std::vector<std::int16_t> sums_;       // classifiers x kBlock: of the present rows
  std::vector<std::int16_t> changed_;    // classifiers x kBlock: with the proposal
  std::vector<std::int16_t> after_;      // kBlock
  std::vector<std::int16_t> before_;     // kBlock
  std::vector<std::int16_t> narrow_;     // dimensions x kBlock: the codes of the lanes in lanes_, side by side
  std::vector<std::uint16_t> lanes_;     // those that no classifier has rejected so far, ascending
  std::vector<std::uint16_t> row_;
};

}  // namespace shac
