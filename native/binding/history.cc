#include "binding/history.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "binding/entries.h"
#include "binding/job.h"

namespace shac::binding {
namespace {

constexpr std::uint64_t kMostWhole = 1ull << 53;

// As one array: the length scales, then the noise.
class FitJob final : public Job {
 public:
  FitJob(Napi::Env env, CancelToken token, Observations data) : Job(env, std::move(token)), data_(std::move(data)) {}

 private:
  void compute(const CancelToken& token) override {
    const Hyperparameters parameters = fit_hyperparameters(data_, token);
    result_ = parameters.length_scales;
    result_.push_back(parameters.noise);
  }

  Napi::Value result(Napi::Env env) override { return to_typed_array<Napi::Float64Array>(env, result_); }

  const Observations data_;
  std::vector<double> result_;
};

std::uint64_t end_argument(const Napi::Value& value) {
  if (value.IsUndefined()) return History::kAll;
  const double end = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(end >= 0 && end <= static_cast<double>(History::kMostTrials))) {
    invalid_argument(value.Env(), "end must be the number of a trial");
  }
  return static_cast<std::uint64_t>(end);
}

}  // namespace

std::vector<double> numbers_property(const Napi::Object& options, const char* name, double low, double high,
                                     bool or_nan) {
  const Napi::Value value = property(options, name);
  const auto view = numbers_argument(value, name);
  std::vector<double> result(view.begin(), view.end());
  for (const double number : result) {
    if (!(number >= low && number < high) && !(or_nan && std::isnan(number))) {
      invalid_argument(options.Env(), std::string(name) + " holds " + std::to_string(number));
    }
  }
  return result;
}

std::vector<double> places_property(const Napi::Object& options, const char* name, std::size_t columns) {
  std::vector<double> result = numbers_property(options, name, kNoPlace, 1);
  for (const double place : result) {
    if (place < 0 && place != kNoPlace) {
      invalid_argument(options.Env(), std::string(name) + " holds " + std::to_string(place));
    }
  }
  if (result.size() % columns != 0) {
    invalid_argument(options.Env(), std::string(name) + " has " + std::to_string(result.size()) +
                                        " numbers, which are not rows of " + std::to_string(columns));
  }
  return result;
}

Napi::Value create_history(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Napi::Object options = object_argument(info[0], "options");
    const auto view = bytes_argument(property(options, "kinds"), "kinds");
    std::vector<std::uint8_t> kinds(view.begin(), view.end());
    const bool known = std::all_of(kinds.begin(), kinds.end(), [](auto kind) { return kind <= kOrderedOrInactive; });
    if (kinds.empty() || !known) invalid_argument(info.Env(), "kinds must be whole numbers up to 2, one a coordinate");
    const std::uint64_t local_from = whole_property(options, "localFrom", 0, kMostWhole);
    const std::uint64_t batch = whole_property(options, "batch", 1, kMostWhole);
    return make_handle<History>(info.Env(), std::move(kinds), local_from, batch);
  });
}

Napi::Value add_trials(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    History& history = handle_argument<History>(info[0]);
    const Napi::Object rows = object_argument(info[1], "rows");
    const std::size_t d = history.dimensions();
    const auto ids = numbers_property(rows, "ids", 0, History::kMostTrials);
    const auto points = places_property(rows, "points", d);
    const auto values = numbers_property(rows, "values", std::numeric_limits<double>::lowest(), HUGE_VAL, true);
    if (values.size() != ids.size() || points.size() != ids.size() * d) {
      invalid_argument(info.Env(), "ids, points and values must be of the same trials");
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
      history.add(static_cast<std::size_t>(ids[i]), std::span(points).subspan(i * d, d), values[i]);
    }
    return Napi::Number::New(info.Env(), static_cast<double>(history.size()));
  });
}

Napi::Value fit_surrogate(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const History& history = handle_argument<History>(info[0]);
    if (history.size() == 0) invalid_argument(info.Env(), "the history has no trial");
    Observations data = history.observations(end_argument(info[1]));
    if (data.size() == 0) data = history.observations();  // those before the end are not finished
    return Job::start(info.Env(), std::make_unique<FitJob>(info.Env(), token_argument(info[2]), std::move(data)));
  });
}

}  // namespace shac::binding
