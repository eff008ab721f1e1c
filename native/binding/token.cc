#include "binding/entries.h"
#include "binding/handle.h"
#include "binding/job.h"

namespace shac::binding {

template <>
struct HandleTraits<CancelToken> {
  static constexpr napi_type_tag kTag = {0x7368616300000001, 0x746f6b656e000001};
  static constexpr const char* kName = "token";
};

CancelToken token_argument(const Napi::Value& value) {
  if (value.IsUndefined()) return {};
  return handle_argument<CancelToken>(value);
}

Napi::Value create_token(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return make_handle<CancelToken>(info.Env()); });
}

Napi::Value cancel(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    handle_argument<CancelToken>(info[0]).cancel();
    return info.Env().Undefined();
  });
}

}  // namespace shac::binding
