#include "core/training/booster_params.h"

#include <array>
#include <cstdio>
#include <string>

namespace shac {
namespace {

std::string text(double number) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.17g", number);
  return buffer;
}

}  // namespace

void configure(xgb::Booster& booster, const BoosterParams& params) {
  booster.set("verbosity", "0");
  booster.set("nthread", "1");
  booster.set("booster", "gbtree");
  booster.set("objective", "binary:logistic");
  booster.set("base_score", "0.5");
  booster.set("tree_method", "exact");
  booster.set("max_depth", std::to_string(params.max_depth));
  booster.set("eta", text(params.eta));
  booster.set("lambda", text(params.lambda));
  booster.set("alpha", "0");
  booster.set("gamma", "0");
  booster.set("min_child_weight", text(params.min_child_weight));
  booster.set("max_delta_step", "0");
  booster.set("subsample", text(params.subsample));
  booster.set("scale_pos_weight", "1");
  booster.set("seed", std::to_string(params.seed));
  booster.set("disable_default_eval_metric", "1");
}

// XGBoost itself is asked: two rows of one class, of hessians 0.25.
bool light_roots_count() {
  static const bool count = [] {
    constexpr std::array<std::uint16_t, 2> codes{0, 1};
    constexpr std::array<std::uint8_t, 2> labels{1, 1};
    const xgb::Matrix rows(codes, codes.size(), 1, labels);
    xgb::Booster booster(rows);
    configure(booster, {});
    booster.update(0, rows);
    return booster.margins(rows)[0] != 0;
  }();
  return count;
}

}  // namespace shac
