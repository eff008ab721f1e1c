// Boosting by XGBoost's `exact` tree method, in its arithmetic and order of operations, without its overhead: on a
// stage's few rows XGBoost spends nearly all of its time outside the search for splits (10 us a round).
//
// Only cross-validation uses it, and only where it has just given the same margins as XGBoost's own model of all rows
// (trainer.cc): the classifiers themselves are XGBoost's. The method is algorithm 1 of Chen, Guestrin: XGBoost: A
// Scalable Tree Boosting System (KDD 2016), for binary:logistic, base_score 0.5, every row and column in every tree.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/training/booster_params.h"

namespace shac {

// What a booster learns from.
struct Rows {
  std::span<const std::uint16_t> codes;  // rows x columns
  std::span<const std::uint8_t> labels;  // one a row
  std::span<const float> weights;        // one a row; empty when all are 1
};

// Adds one tree after another. One thread at a time may use it.
class ExactBooster {
 public:
  // What `rows` refers to must outlive it, as must `held_out`, rows of which margins are wanted as well.
  ExactBooster(const Rows& rows, std::size_t columns, std::span<const std::uint16_t> held_out,
               const BoosterParams& params);

  void update();

  // Float32 margins so far, one a row.
  const std::vector<float>& margins() const noexcept { return margins_; }
  const std::vector<float>& held_out_margins() const noexcept { return held_out_margins_; }

 private:
  struct Stats {
    double gradient = 0;
    double hessian = 0;
  };
  struct Split {
    float gain = 0;
    std::uint32_t feature = 0;
    float threshold = 0;
  };
  struct Node {
    Stats stats;
    float weight = 0;
    float gain = 0;  // of not splitting
    Split best;
    std::int32_t left = -1;  // the right child follows; -1 in a leaf
  };
  // Where the scan of a column stands in a node.
  struct Scan {
    Stats passed;
    float last = 0;
  };
  struct Entry {
    std::uint32_t row;
    float code;
  };

  void compute_gradients();
  void open_nodes(std::size_t first);
  void find_splits(std::size_t first);
  void propose(Node& node, const Scan& scan, std::uint32_t feature, float code) const;
  bool split_nodes(std::size_t first);
  void add_leaves();
  float weight_of(const Stats& stats) const;
  float gain_of(const Stats& stats) const;

  const std::span<const std::uint16_t> codes_;
  const std::span<const std::uint8_t> labels_;
  const std::span<const float> weights_;
  const std::span<const std::uint16_t> held_out_;
  const std::size_t columns_;
  const int max_depth_;
  const float eta_, lambda_, min_child_weight_;  // float32, as XGBoost keeps them
  const float least_hessian_;                    // of a leaf that counts
  std::vector<Entry> sorted_;                    // columns x rows, each column by code
  std::vector<float> margins_;
  std::vector<float> held_out_margins_;
  std::vector<float> gradients_, hessians_;

  // The tree that is being grown: its nodes level by level, and the node that each row is in.
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> position_;
  std::vector<Scan> scans_;
};

}  // namespace shac
