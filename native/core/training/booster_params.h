// What the boosters of a training are set to, XGBoost's and the one of exact.h alike.
#pragma once

#include <cstdint>

#include "core/xgboost/xgb.h"

namespace shac {

// XGBoost's parameters. Nothing is left to its defaults, which differ between versions.
struct BoosterParams {
  int rounds = 200;
  int max_depth = 3;
  double eta = 0.1;
  double lambda = 1;
  double min_child_weight = 1;
  double subsample = 1;
  std::uint32_t seed = 0;
};

// Sets all that training depends on; the booster then runs on one thread and says nothing.
void configure(xgb::Booster& booster, const BoosterParams& params);

// Whether a leaf counts whose hessians sum to less than min_child_weight. Only a root can be one. 1.7 gives it 0, 3.4
// its weight.
bool light_roots_count();

}  // namespace shac
