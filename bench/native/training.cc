// Where does the time of training one classifier go? `shac_bench_training REPEATS` prints one JSON object a line, in
// milliseconds; bench/training.mjs makes the table.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "core/cascade/forest.h"
#include "core/training/booster_params.h"
#include "core/training/exact.h"
#include "core/training/folds.h"
#include "core/training/trainer.h"
#include "core/xgboost/model.h"
#include "core/xgboost/xgb.h"
#include "support.h"

namespace {

using shac::BoosterParams;
using shac::bench::nanoseconds;

constexpr unsigned kFolds = 5;

struct Rows {
  std::vector<std::uint16_t> codes;
  std::vector<std::uint8_t> labels;
};

struct Fold {
  Rows rest;
  Rows held_out;
};

std::vector<Fold> folds_of(const Rows& rows, std::size_t d) {
  std::vector<Fold> folds(kFolds);
  const std::vector<unsigned> fold_of = shac::stratified_folds(rows.labels, kFolds, 1);
  for (unsigned fold = 0; fold < kFolds; ++fold) {
    for (std::size_t i = 0; i < rows.labels.size(); ++i) {
      Rows& part = fold_of[i] == fold ? folds[fold].held_out : folds[fold].rest;
      part.codes.insert(part.codes.end(), &rows.codes[i * d], &rows.codes[i * d] + d);
      part.labels.push_back(rows.labels[i]);
    }
  }
  return folds;
}

// Names of steps, and the times that each took.
class Stopwatch {
 public:
  void lap(const std::string& step) {
    const double now = nanoseconds();
    times_[step].push_back(now - last_);
    last_ = nanoseconds();
  }
  void restart() { last_ = nanoseconds(); }
  const std::map<std::string, std::vector<double>>& times() const { return times_; }

 private:
  double last_ = nanoseconds();
  std::map<std::string, std::vector<double>> times_;
};

void train_model(const Rows& rows, std::size_t d, Stopwatch& watch) {
  watch.restart();
  const shac::xgb::Matrix matrix(rows.codes, rows.labels.size(), d, rows.labels);
  watch.lap("matrix");
  shac::xgb::Booster booster(matrix);
  shac::configure(booster, BoosterParams{});
  booster.update(0, matrix);
  watch.lap("first");
  for (int round = 1; round < BoosterParams{}.rounds; ++round) booster.update(round, matrix);
  watch.lap("rest");
  const std::vector<std::uint8_t> model = booster.save_ubjson();
  watch.lap("save");
  const shac::Forest forest(shac::read_model(model));
  watch.lap("compile");
}

std::vector<float> by_xgboost(const Fold& fold, std::size_t d) {
  const shac::xgb::Matrix matrix(fold.rest.codes, fold.rest.labels.size(), d, fold.rest.labels);
  shac::xgb::Booster booster(matrix);
  shac::configure(booster, BoosterParams{});
  for (int round = 0; round < BoosterParams{}.rounds; ++round) booster.update(round, matrix);
  return booster.margins(shac::xgb::Matrix(fold.held_out.codes, fold.held_out.labels.size(), d));
}

std::vector<float> by_own_booster(const Fold& fold, std::size_t d) {
  shac::ExactBooster booster({fold.rest.codes, fold.rest.labels, {}}, d, fold.held_out.codes, BoosterParams{});
  for (int round = 0; round < BoosterParams{}.rounds; ++round) booster.update();
  return booster.held_out_margins();
}

void measure(std::size_t n, std::size_t d, int repeats) {
  Rows rows;
  rows.codes = shac::bench::random_rows(shac::bench::continuous_space(d), 0, n);
  rows.labels = shac::bench::labels_of(rows.codes, d);
  const std::vector<Fold> folds = folds_of(rows, d);
  Stopwatch watch;
  std::size_t different = 0;
  for (int i = 0; i < repeats; ++i) {
    train_model(rows, d, watch);
    std::vector<std::vector<float>> margins;
    watch.restart();
    for (const Fold& fold : folds) margins.push_back(by_xgboost(fold, d));
    watch.lap("xgboostFolds");
    for (unsigned fold = 0; fold < kFolds; ++fold) {
      const std::vector<float> own = by_own_booster(folds[fold], d);
      for (std::size_t row = 0; row < own.size(); ++row) different += own[row] == margins[fold][row] ? 0 : 1;
    }
    watch.lap("ownFolds");
  }
  std::printf("{\"n\":%zu,\"d\":%zu,\"different\":%zu", n, d, different);
  for (const auto& [step, times] : watch.times()) {
    std::printf(",\"%s\":%.6f", step.c_str(), shac::bench::median(times) / 1e6);
  }
  std::printf("}\n");
}

}  // namespace

int main(int, char** argv) {
  for (const auto& [n, d] :
       {std::pair<std::size_t, std::size_t>{10, 6}, {20, 6}, {50, 6}, {100, 6}, {100, 50}, {1000, 20}}) {
    measure(n, d, std::atoi(argv[1]));
  }
}
