#include "core/surrogate/local_search.h"

#include <cmath>

#include "binding/cascade.h"
#include "binding/entries.h"
#include "binding/history.h"
#include "binding/job.h"

namespace shac::binding {
namespace {

constexpr std::uint64_t kMaxPoints = 1u << 24;
constexpr std::uint64_t kMaxDraw = 1ull << 53;

class ProposeJob final : public Job {
 public:
  ProposeJob(Napi::Env env, CancelToken token, CodeSpace space, LocalRequest request, bool ranks)
      : Job(env, std::move(token)), space_(std::move(space)), request_(std::move(request)), ranks_(ranks) {}

 private:
  void compute(const CancelToken& token) override {
    result_ = ranks_ ? shac::ranked(space_, request_, token) : shac::propose(space_, request_, token);
  }

  Napi::Value result(Napi::Env env) override { return to_typed_array<Napi::Float64Array>(env, result_); }

  const CodeSpace space_;
  const LocalRequest request_;
  const bool ranks_;
  std::vector<double> result_;
};

}  // namespace

Napi::Value propose(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const CodeSpace& space = handle_argument<Cascade>(info[0]).space();
    const Napi::Object options = object_argument(info[1], "request");
    const std::size_t d = space.dimensions();
    const History& history = handle_argument<History>(property(options, "history"));
    std::vector<double> parameters = numbers_property(options, "parameters", 1e-300, HUGE_VAL);
    if (history.size() == 0 || history.dimensions() != d || parameters.size() != d + 1) {
      invalid_argument(info.Env(), "the history, which has one trial at least, and the parameters must be of " +
                                       std::to_string(d) + " coordinates");
    }
    LocalRequest request;
    const auto continuous = bytes_argument(property(options, "continuous"), "continuous");
    if (continuous.size() != d)
      invalid_argument(info.Env(), "continuous must be of " + std::to_string(d) + " coordinates");
    request.continuous.assign(continuous.begin(), continuous.end());
    request.parameters.noise = parameters.back();
    parameters.pop_back();
    request.parameters.length_scales = std::move(parameters);
    request.pending = places_property(options, "pending", d);
    request.candidates = places_property(options, "candidates", d);
    request.count = whole_property(options, "count", 1, kMaxPoints);
    request.explore = whole_property(options, "explore", 0, request.count);
    request.seed = uint64_property(options, "seed");
    request.stream = static_cast<std::uint32_t>(whole_property(options, "stream", 0, 0xffffffff));
    const bool ranks = options.Has("rankedFrom");
    if (ranks) request.first_draw = whole_property(options, "rankedFrom", 0, kMaxDraw);
    request.known = history.knowledge();
    return Job::start(info.Env(), std::make_unique<ProposeJob>(info.Env(), token_argument(info[2]), space,
                                                               std::move(request), ranks));
  });
}

}  // namespace shac::binding
