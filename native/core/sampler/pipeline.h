// Vectorised rejection on one thread: draws pushed through the classifiers, block by block.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/cancel.h"
#include "core/sampler/drawer.h"

namespace shac {

// Each classifier has a queue of candidates that passed those before it. A full queue is evaluated at once, and its
// survivors move on to the next; coordinates are drawn when a classifier first reads them. Where the queues'
// coordinates would take too much memory they are not kept but drawn again for each classifier. Belongs to one thread.
class Pipeline {
 public:
  // `order` lists the classifiers that decide, in the order in which they are asked: the region is an intersection, so
  // any order gives the same verdicts. Draws are of the prior, or proposals from `boxes` when it is not null. `cascade`
  // and `boxes` must outlive the pipeline.
  Pipeline(const Cascade& cascade, const Partition* boxes, std::span<const std::uint32_t> order, const Kernel& kernel,
           std::uint64_t seed, std::uint32_t stream);

  // Appends those of the draws first .. last-1 that every classifier accepts, ascending. Throws Cancelled soon after
  // the token is set; the pipeline is then of no further use.
  void run(std::uint64_t first, std::uint64_t last, std::vector<std::uint64_t>& accepted, const CancelToken& token);

 private:
  // Some of the eight coordinates of a block of random bits, a bit each.
  struct Coordinates {
    std::uint32_t block;
    std::uint32_t wanted;
  };
  struct Queue {
    const Forest* forest;
    std::vector<Coordinates> drawn;      // when this queue is evaluated: those that it is the first to read
    std::vector<std::uint32_t> settled;  // the conditional ones among these
    std::vector<std::uint32_t> carried;  // coordinates drawn by then that a later queue reads
    std::int16_t* codes;                 // dimensions x kBlock
    std::vector<std::uint64_t> draws;    // kBlock
    std::vector<std::uint32_t> boxes;    // of each draw, kBlock
    std::size_t count = 0;
  };

  void evaluate(std::size_t at, std::vector<std::uint64_t>& accepted);
  // Lanes of `queue` that its classifier accepts, ascending, in survivors_.
  std::size_t survivors_of(const Queue& queue);
  bool accepts_exactly(const Queue& queue, std::size_t lane);

  const Kernel& kernel_;
  Drawer drawer_;
  std::vector<std::int16_t> codes_;  // of each queue, or of the one under evaluation
  std::vector<Queue> queues_;
  std::vector<std::int16_t> sums_;
  std::vector<std::uint16_t> survivors_;
  std::vector<std::uint16_t> row_;
};

}  // namespace shac
