#include <optional>

#include "binding/cascade.h"
#include "binding/entries.h"
#include "binding/job.h"
#include "core/sampler/draw.h"
#include "core/training/trainer.h"
#include "core/xgboost/model.h"
#include "core/xgboost/xgb.h"

namespace shac::binding {
namespace {

constexpr std::uint64_t kMaxColumns = 1u << 20;
constexpr std::uint64_t kMaxThreads = 256;

class TrainJob final : public Job {
 public:
  TrainJob(Napi::Env env, CancelToken token, TrainRequest request, std::optional<CodeSpace> space)
      : Job(env, std::move(token)), request_(std::move(request)), space_(std::move(space)) {}

 private:
  void compute(const CancelToken& token) override {
    result_ = shac::train(request_, token);
    if (space_ && result_.refusal == Refusal::kNone) acceptance_ = shac::acceptance(*space_, *result_.forest);
  }

  Napi::Value result(Napi::Env env) override {
    Napi::Object object = Napi::Object::New(env);
    object.Set("model", to_typed_array<Napi::Uint8Array>(env, result_.model));
    object.Set("classifier", make_handle<CompiledClassifier>(env, result_.forest));
    object.Set("acceptance", acceptance_ ? Napi::Number::New(env, *acceptance_) : env.Null());
    object.Set("attempts", Napi::Number::New(env, result_.attempts));
    object.Set("rejected", refusal(env));
    object.Set("cvAccuracy", result_.cv_accuracy ? Napi::Number::New(env, *result_.cv_accuracy) : env.Null());
    return object;
  }

  Napi::Value refusal(Napi::Env env) const {
    switch (result_.refusal) {
      case Refusal::kConstant:
        return Napi::String::New(env, "constant");
      case Refusal::kElite:
        return Napi::String::New(env, "elite");
      case Refusal::kAccuracy:
        return Napi::String::New(env, "cv-accuracy");
      case Refusal::kNone:
        break;
    }
    return env.Null();
  }

  const TrainRequest request_;
  const std::optional<CodeSpace> space_;
  TrainResult result_;
  std::optional<double> acceptance_;
};

BoosterParams booster_params(const Napi::Object& options) {
  BoosterParams params;
  params.rounds = static_cast<int>(whole_property(options, "rounds", 1, 100'000));
  params.max_depth = static_cast<int>(whole_property(options, "maxDepth", 1, 30));
  params.eta = number_property(options, "eta", 0, 1);
  params.lambda = number_property(options, "lambda", 0, 1e9);
  params.min_child_weight = number_property(options, "minChildWeight", 0, 1e9);
  params.subsample = number_property(options, "subsample", 0, 1);
  params.seed = static_cast<std::uint32_t>(whole_property(options, "seed", 0, 0x7fffffff));
  return params;
}

class XgboostMarginsJob final : public Job {
 public:
  XgboostMarginsJob(Napi::Env env, std::vector<std::uint8_t> model, std::vector<std::uint16_t> codes,
                    std::size_t columns)
      : Job(env, {}), model_(std::move(model)), codes_(std::move(codes)), columns_(columns) {}

 private:
  void compute(const CancelToken&) override {
    xgb::Booster booster;
    booster.load_ubjson(model_);
    booster.set("nthread", "1");
    margins_ = booster.margins(xgb::Matrix(codes_, codes_.size() / columns_, columns_));
  }

  Napi::Value result(Napi::Env env) override { return to_typed_array<Napi::Float32Array>(env, margins_); }

  const std::vector<std::uint8_t> model_;
  const std::vector<std::uint16_t> codes_;
  const std::size_t columns_;
  std::vector<float> margins_;
};

}  // namespace

Napi::Value train(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Napi::Object options = object_argument(info[0], "request");
    TrainRequest request;
    // Each is copied before the next property is read: that may run a getter, which may detach the array's buffer.
    const auto codes = codes_argument(property(options, "codes"), "codes");
    request.codes.assign(codes.begin(), codes.end());
    const auto labels = bytes_argument(property(options, "labels"), "labels");
    request.labels.assign(labels.begin(), labels.end());
    request.rows = request.labels.size();
    if (const Napi::Value value = property(options, "weights"); !value.IsUndefined()) {
      const auto weights = floats_argument(value, "weights");
      request.weights.assign(weights.begin(), weights.end());
    }
    if (const Napi::Value value = property(options, "elite"); !value.IsUndefined()) {
      const auto elite = codes_argument(value, "elite");
      request.elite.assign(elite.begin(), elite.end());
    }
    request.columns = whole_property(options, "columns", 1, kMaxColumns);
    request.params = booster_params(object_argument(property(options, "params"), "params"));
    request.folds = static_cast<unsigned>(whole_property(options, "folds", 0, 1000));
    request.attempts = static_cast<unsigned>(whole_property(options, "attempts", 1, 1000));
    request.shuffle_seed = uint64_property(options, "shuffleSeed");
    request.threads = static_cast<unsigned>(whole_property(options, "threads", 1, kMaxThreads));
    std::optional<CodeSpace> space;
    if (const Napi::Value value = property(options, "cascade"); !value.IsUndefined()) {
      space = handle_argument<Cascade>(value).space();
      if (space->dimensions() != request.columns) invalid_argument(info.Env(), "the cascade has other columns");
    }
    return Job::start(info.Env(), std::make_unique<TrainJob>(info.Env(), token_argument(info[1]), std::move(request),
                                                             std::move(space)));
  });
}

// XGBoost's own prediction: what the compiled forests are compared with.
Napi::Value xgboost_margins(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto model = bytes_argument(info[0], "model");
    const auto codes = codes_argument(info[1], "codes");
    const std::size_t columns = read_model(model).features;
    if (codes.empty() || codes.size() % columns != 0) {
      invalid_argument(info.Env(), std::to_string(codes.size()) + " codes are not rows of " + std::to_string(columns));
    }
    return Job::start(info.Env(), std::make_unique<XgboostMarginsJob>(
                                      info.Env(), std::vector<std::uint8_t>(model.begin(), model.end()),
                                      std::vector<std::uint16_t>(codes.begin(), codes.end()), columns));
  });
}

Napi::Value xgboost_version(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return Napi::String::New(info.Env(), xgb::version()); });
}

}  // namespace shac::binding
