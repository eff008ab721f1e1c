#include "core/surrogate/local_search.h"

#include <cmath>
#include <limits>

#include "binding/cascade.h"
#include "binding/entries.h"
#include "binding/job.h"

namespace shac::binding {
namespace {

constexpr std::uint64_t kMaxRows = 1u << 24;

// Numbers in [low, high); NaN, where it is allowed, as well.
std::vector<double> numbers(const Napi::Object& options, const char* name, double low, double high, bool or_nan) {
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

// Rows of `columns` places.
std::vector<double> places(const Napi::Object& options, const char* name, std::size_t columns) {
  std::vector<double> result = numbers(options, name, 0, 1, false);
  if (result.size() % columns != 0) {
    invalid_argument(options.Env(), std::string(name) + " has " + std::to_string(result.size()) +
                                        " numbers, which are not rows of " + std::to_string(columns));
  }
  return result;
}

History history_of(const Napi::Object& options) {
  History history;
  const auto categorical = bytes_argument(property(options, "categorical"), "categorical");
  history.categorical.assign(categorical.begin(), categorical.end());
  if (history.categorical.empty()) invalid_argument(options.Env(), "categorical is empty");
  history.values = numbers(options, "values", std::numeric_limits<double>::lowest(), HUGE_VAL, true);
  history.points = places(options, "points", history.categorical.size());
  if (history.values.empty() || history.points.size() != history.values.size() * history.categorical.size()) {
    invalid_argument(options.Env(), "points must hold a row for each of the values, of which there is one at least");
  }
  return history;
}

// As one array: the length scales, then the noise.
class FitJob final : public Job {
 public:
  FitJob(Napi::Env env, CancelToken token, History history)
      : Job(env, std::move(token)), history_(std::move(history)) {}

 private:
  void compute(const CancelToken& token) override {
    const Hyperparameters parameters = shac::fit_surrogate(history_, token);
    result_ = parameters.length_scales;
    result_.push_back(parameters.noise);
  }

  Napi::Value result(Napi::Env env) override { return to_typed_array<Napi::Float64Array>(env, result_); }

  const History history_;
  std::vector<double> result_;
};

class ProposeJob final : public Job {
 public:
  ProposeJob(Napi::Env env, CancelToken token, CodeSpace space, LocalRequest request)
      : Job(env, std::move(token)), space_(std::move(space)), request_(std::move(request)) {}

 private:
  void compute(const CancelToken& token) override { result_ = shac::propose(space_, request_, token); }

  Napi::Value result(Napi::Env env) override { return to_typed_array<Napi::Float64Array>(env, result_); }

  const CodeSpace space_;
  const LocalRequest request_;
  std::vector<double> result_;
};

}  // namespace

Napi::Value fit_surrogate(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    History history = history_of(object_argument(info[0], "request"));
    return Job::start(info.Env(), std::make_unique<FitJob>(info.Env(), token_argument(info[1]), std::move(history)));
  });
}

Napi::Value propose(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const CodeSpace& space = handle_argument<Cascade>(info[0]).space();
    const Napi::Object options = object_argument(info[1], "request");
    const std::size_t d = space.dimensions();
    LocalRequest request;
    request.history = history_of(options);
    std::vector<double> parameters = numbers(options, "parameters", 1e-300, HUGE_VAL, false);
    if (request.history.categorical.size() != d || parameters.size() != d + 1) {
      invalid_argument(info.Env(), "the history and the parameters must be of " + std::to_string(d) + " coordinates");
    }
    const auto continuous = bytes_argument(property(options, "continuous"), "continuous");
    if (continuous.size() != d)
      invalid_argument(info.Env(), "continuous must be of " + std::to_string(d) + " coordinates");
    request.continuous.assign(continuous.begin(), continuous.end());
    request.parameters.noise = parameters.back();
    parameters.pop_back();
    request.parameters.length_scales = std::move(parameters);
    request.local_from = whole_property(options, "localFrom", 0, request.history.values.size());
    request.batch = whole_property(options, "batch", 1, kMaxRows);
    request.pending = places(options, "pending", d);
    request.candidates = places(options, "candidates", d);
    request.count = whole_property(options, "count", 1, kMaxRows);
    request.explore = whole_property(options, "explore", 0, request.count);
    request.seed = uint64_property(options, "seed");
    request.stream = static_cast<std::uint32_t>(whole_property(options, "stream", 0, 0xffffffff));
    return Job::start(info.Env(),
                      std::make_unique<ProposeJob>(info.Env(), token_argument(info[2]), space, std::move(request)));
  });
}

}  // namespace shac::binding
