#include "core/training/trainer.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <string>

#include "core/error.h"
#include "core/parallel.h"
#include "core/training/booster_params.h"
#include "core/training/exact.h"
#include "core/training/folds.h"
#include "core/xgboost/xgb.h"

namespace shac {
namespace {

void check(const TrainRequest& request) {
  if (request.rows == 0 || request.columns == 0 || request.codes.size() != request.rows * request.columns) {
    throw Error(ErrorCode::kInvalidArgument, std::to_string(request.codes.size()) + " codes are not " +
                                                 std::to_string(request.rows) + " rows of " +
                                                 std::to_string(request.columns));
  }
  if (request.labels.size() != request.rows) {
    throw Error(ErrorCode::kInvalidArgument,
                std::to_string(request.labels.size()) + " labels for " + std::to_string(request.rows) + " rows");
  }
  if (std::any_of(request.labels.begin(), request.labels.end(), [](std::uint8_t label) { return label > 1; })) {
    throw Error(ErrorCode::kInvalidArgument, "labels are 0 or 1");
  }
  if (!request.weights.empty() && request.weights.size() != request.rows) {
    throw Error(ErrorCode::kInvalidArgument,
                std::to_string(request.weights.size()) + " weights for " + std::to_string(request.rows) + " rows");
  }
  if (std::any_of(request.weights.begin(), request.weights.end(),
                  [](float weight) { return !(weight >= 0 && std::isfinite(weight)); })) {
    throw Error(ErrorCode::kInvalidArgument, "weights are finite and not negative");
  }
  if (request.elite.size() % request.columns != 0) {
    throw Error(ErrorCode::kInvalidArgument, std::to_string(request.elite.size()) +
                                                 " codes of the elite are not rows of " +
                                                 std::to_string(request.columns));
  }
  if (request.attempts == 0) throw Error(ErrorCode::kInvalidArgument, "a training needs at least one attempt");
  if (request.folds == 1 || request.folds > request.rows) {
    throw Error(ErrorCode::kInvalidArgument, std::to_string(request.folds) + " folds of " +
                                                 std::to_string(request.rows) + " rows, expected 0 or 2 to the rows");
  }
}

// The rows of a request whose fold is (or is not) `fold`.
struct Part {
  std::vector<std::uint16_t> codes;
  std::vector<std::uint8_t> labels;
  std::vector<float> weights;
};

Part part_of(const TrainRequest& request, const std::vector<unsigned>& folds, unsigned fold, bool inside) {
  Part part;
  for (std::size_t i = 0; i < request.rows; ++i) {
    if ((folds[i] == fold) != inside) continue;
    const auto begin = request.codes.begin() + static_cast<std::ptrdiff_t>(i * request.columns);
    part.codes.insert(part.codes.end(), begin, begin + static_cast<std::ptrdiff_t>(request.columns));
    part.labels.push_back(request.labels[i]);
    if (!request.weights.empty()) part.weights.push_back(request.weights[i]);
  }
  return part;
}

// One model and its cross-validations: `attempts` of them, each with folds of its own. A later one may be begun before
// an earlier one is over; whatever turns out not to be needed is cut short, so the number of threads cannot show in the
// result.
class Round {
 public:
  Round(const TrainRequest& request, unsigned first_attempt, unsigned attempts, const CancelToken& token)
      : request_(request), token_(token), first_(first_attempt), needed_(attempts), validations_(attempts) {
    params_.seed += first_;
  }

  TrainResult result() {
    run(0);
    // Folds that XGBoost itself would have decided in another way.
    const bool validated = result_.refusal == Refusal::kNone && request_.folds > 0;
    if (validated && exact_ && !agrees_) {
      exact_ = false;
      needed_ = static_cast<unsigned>(validations_.size());
      run(1);
    }
    result_.attempts = first_ + 1;
    if (validated) choose();
    return std::move(result_);
  }

 private:
  static constexpr double kUnknown = -1;
  static constexpr double kLeastAccuracy = 0.5;
  static constexpr double kRounding = 1e-9;  // of a mean, by the order of its terms

  struct Validation {
    std::vector<double> accuracy;     // of each fold
    std::atomic<bool> failed{false};  // whatever the folds that are not known yet turn out to be

    // With `unknown` for those that are not known yet.
    double mean(double unknown) const {
      double sum = 0;
      for (const double one : accuracy) sum += one == kUnknown ? unknown : one;
      return sum / static_cast<double>(accuracy.size());
    }
  };

  // Job 0 is the model, the others are one fold of a cross-validation each.
  void run(unsigned first_job) {
    for (Validation& validation : validations_) {
      validation.accuracy.assign(request_.folds, kUnknown);
      validation.failed = false;
    }
    // No more threads than the model, one cross-validation and the next one keep busy.
    const unsigned threads = std::min(request_.threads, 1 + 2 * request_.folds);
    const auto jobs = static_cast<unsigned>(1 + validations_.size() * request_.folds);
    in_parallel(jobs - first_job, threads, [&](unsigned index) {
      const unsigned job = first_job + index;
      if (job == 0) {
        fit();
      } else {
        leave_out((job - 1) / request_.folds, (job - 1) % request_.folds);
      }
    });
  }

  // All rounds. False when that was cut short because nobody needs it any more.
  template <typename Update, typename Needed>
  bool boost(const Update& update, const Needed& needed) const {
    for (int round = 0; round < params_.rounds; ++round) {
      token_.throw_if_cancelled();
      if (!needed()) return false;
      update(round);
    }
    return true;
  }

  // The model, and whether it will do whatever its accuracy.
  void fit() {
    const xgb::Matrix matrix(request_.codes, request_.rows, request_.columns, request_.labels, request_.weights);
    xgb::Booster booster(matrix);
    configure(booster, params_);
    boost([&](int round) { booster.update(round, matrix); }, [] { return true; });
    result_.model = booster.save_ubjson();
    result_.forest = std::make_shared<const Forest>(read_model(result_.model));
    const std::size_t accepted = accepted_of(request_.codes);
    if (accepted == 0 || accepted == request_.rows) {
      result_.refusal = Refusal::kConstant;
    } else if (accepted_of(request_.elite) < request_.elite.size() / request_.columns) {
      result_.refusal = Refusal::kElite;
    }
    if (result_.refusal != Refusal::kNone) {
      needed_ = 0;
    } else if (request_.folds > 0 && exact_) {
      agrees_ = agrees_with_xgboost();
    }
  }

  std::size_t accepted_of(const std::vector<std::uint16_t>& codes) const {
    std::size_t accepted = 0;
    for (std::size_t at = 0; at < codes.size(); at += request_.columns) {
      accepted += result_.forest->accepts(codes.data() + at) ? 1 : 0;
    }
    return accepted;
  }

  // Whether the stand-in gives XGBoost's margins of all rows.
  bool agrees_with_xgboost() const {
    ExactBooster booster({request_.codes, request_.labels, request_.weights}, request_.columns, {}, params_);
    boost([&](int) { booster.update(); }, [] { return true; });
    for (std::size_t i = 0; i < request_.rows; ++i) {
      if (booster.margins()[i] != result_.forest->margin(request_.codes.data() + i * request_.columns)) return false;
    }
    return true;
  }

  // One fold of a cross-validation.
  void leave_out(unsigned index, unsigned fold) {
    Validation& validation = validations_[index];
    const auto needed = [&] { return index < needed_ && !validation.failed; };
    if (!needed()) return;
    const std::vector<unsigned> folds =
        stratified_folds(request_.labels, request_.folds, request_.shuffle_seed, first_ + index);
    const Part rest = part_of(request_, folds, fold, false);
    const Part held_out = part_of(request_, folds, fold, true);
    const std::vector<float> margins = margins_without(rest, held_out, needed);
    if (margins.empty()) return;
    std::size_t right = 0;
    for (std::size_t i = 0; i < margins.size(); ++i) right += (margins[i] > 0) == (held_out.labels[i] == 1) ? 1 : 0;

    const std::lock_guard lock(mutex_);
    validation.accuracy[fold] = static_cast<double>(right) / static_cast<double>(margins.size());
    if (validation.mean(1) < kLeastAccuracy - kRounding) validation.failed = true;
    // Later ones are not needed once this one has passed.
    if (validation.mean(0) >= kLeastAccuracy + kRounding) needed_ = std::min(needed_.load(), index + 1);
  }

  // Margins of the held-out rows by a model of the rest; none when it was cut short.
  template <typename Needed>
  std::vector<float> margins_without(const Part& rest, const Part& held_out, const Needed& needed) const {
    if (exact_) {
      ExactBooster booster({rest.codes, rest.labels, rest.weights}, request_.columns, held_out.codes, params_);
      if (!boost([&](int) { booster.update(); }, needed)) return {};
      return booster.held_out_margins();
    }
    const xgb::Matrix matrix(rest.codes, rest.labels.size(), request_.columns, rest.labels, rest.weights);
    xgb::Booster booster(matrix);
    configure(booster, params_);
    if (!boost([&](int round) { booster.update(round, matrix); }, needed)) return {};
    return booster.margins(xgb::Matrix(held_out.codes, held_out.labels.size(), request_.columns));
  }

  // The first cross-validation that was passed.
  void choose() {
    for (unsigned index = 0; index < validations_.size(); ++index) {
      const double accuracy = validations_[index].mean(0);
      if (validations_[index].failed || accuracy < kLeastAccuracy) continue;
      result_.cv_accuracy = accuracy;
      result_.attempts = first_ + index + 1;
      return;
    }
    result_.attempts = first_ + static_cast<unsigned>(validations_.size());
    result_.refusal = Refusal::kAccuracy;
  }

  const TrainRequest& request_;
  const CancelToken& token_;
  const unsigned first_;
  BoosterParams params_ = request_.params;
  TrainResult result_;
  // Folds are fitted by ExactBooster, as long as nothing is random.
  bool exact_ = params_.subsample == 1;
  bool agrees_ = false;           // it gives XGBoost's margins of these rows
  std::atomic<unsigned> needed_;  // cross-validations
  std::vector<Validation> validations_;
  std::mutex mutex_;  // guards the accuracies while threads run
};

}  // namespace

TrainResult train(const TrainRequest& request, const CancelToken& token) {
  check(request);
  // Without subsampling no seed changes the model: it is trained once for all attempts.
  if (request.params.subsample == 1) return Round(request, 0, request.attempts, token).result();
  TrainResult result;
  for (unsigned attempt = 0; attempt < request.attempts; ++attempt) {
    result = Round(request, attempt, 1, token).result();
    if (result.refusal == Refusal::kNone) break;
  }
  return result;
}

}  // namespace shac
