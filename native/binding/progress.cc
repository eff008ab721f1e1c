#include "binding/progress.h"

#include "binding/entries.h"

namespace shac::binding {

Napi::Value create_progress(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return make_handle<SharedProgress>(info.Env(), std::make_shared<Progress>()); });
}

Napi::Value read_progress(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Progress& progress = *handle_argument<SharedProgress>(info[0]);
    Napi::Object object = Napi::Object::New(info.Env());
    const auto set = [&](const char* name, double value) { object.Set(name, Napi::Number::New(info.Env(), value)); };
    set("accepted", static_cast<double>(progress.accepted.load(std::memory_order_relaxed)));
    set("draws", static_cast<double>(progress.draws.load(std::memory_order_relaxed)));
    set("acceptance", progress.acceptance.load(std::memory_order_relaxed));
    set("liveMass", progress.live_mass.load(std::memory_order_relaxed));
    return object;
  });
}

}  // namespace shac::binding
