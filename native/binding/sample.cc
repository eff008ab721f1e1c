#include "binding/cascade.h"
#include "binding/entries.h"
#include "binding/job.h"
#include "binding/progress.h"
#include "core/sampler/sampler.h"

namespace shac::binding {
namespace {

constexpr std::uint64_t kMaxCount = 1u << 24;
constexpr std::uint64_t kMaxDraws = 1ull << 53;
constexpr std::uint64_t kMaxThreads = 256;
constexpr std::uint64_t kMaxMemory = 1ull << 40;
constexpr std::uint64_t kMaxSweeps = 1000;

class SampleJob final : public Job {
 public:
  SampleJob(Napi::Env env, CancelToken token, Cascade cascade, SampleRequest request, SharedProgress progress)
      : Job(env, std::move(token)), cascade_(std::move(cascade)), request_(request), progress_(std::move(progress)) {}

 private:
  void compute(const CancelToken& token) override { result_ = shac::sample(cascade_, request_, token); }

  Napi::Value result(Napi::Env env) override {
    Napi::Object object = Napi::Object::New(env);
    object.Set("codes", to_typed_array<Napi::Uint16Array>(env, result_.codes));
    object.Set("offsets", to_typed_array<Napi::Float64Array>(env, result_.offsets));
    object.Set("rejections", to_typed_array<Napi::Uint32Array>(env, result_.rejections));
    object.Set("draws", Napi::Number::New(env, static_cast<double>(result_.draws)));
    object.Set("acceptance", Napi::Number::New(env, result_.acceptance));
    object.Set("liveMass", Napi::Number::New(env, result_.live_mass));
    object.Set("boxes", Napi::Number::New(env, static_cast<double>(result_.boxes)));
    return object;
  }

  const Cascade cascade_;  // a copy: classifiers appended meanwhile do not concern this job
  const SampleRequest request_;
  const SharedProgress progress_;  // what request_.progress points at; null when nobody watches
  SampleResult result_;
};

}  // namespace

Napi::Value sample(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Napi::Env env = info.Env();
    const Cascade& cascade = handle_argument<Cascade>(info[0]);
    const Napi::Object options = object_argument(info[1], "request");
    SampleRequest request;
    request.seed = uint64_property(options, "seed");
    request.stream = static_cast<std::uint32_t>(whole_property(options, "stream", 0, 0xffffffff));
    request.count = whole_property(options, "count", 0, kMaxCount);
    request.classifiers = whole_property(options, "classifiers", 0, cascade.size());
    request.threads = static_cast<unsigned>(whole_property(options, "threads", 1, kMaxThreads));
    request.relax = boolean_property(options, "relax");
    request.memory = whole_property(options, "memory", 0, kMaxMemory);
    request.max_draws = whole_property(options, "maxDraws", 1, kMaxDraws);
    const std::uint64_t sweeps = whole_property(options, "sweeps", 0, kMaxSweeps);
    if (sweeps > 0) {
      request.method = Method::kSmc;
      request.sweeps = sweeps;
    }
    const SharedProgress progress = info[3].IsUndefined() ? nullptr : handle_argument<SharedProgress>(info[3]);
    request.progress = progress.get();
    return Job::start(env, std::make_unique<SampleJob>(env, token_argument(info[2]), cascade, request, progress));
  });
}

}  // namespace shac::binding
