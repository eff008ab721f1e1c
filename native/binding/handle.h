// Native objects that JavaScript holds: externals with a type tag, so that no value of another kind is ever taken for
// one, and freed when JavaScript lets go of them.
#pragma once

#include <memory>
#include <utility>

#include "binding/env.h"

namespace shac::binding {

template <typename T>
struct HandleTraits;  // static constexpr napi_type_tag kTag; static constexpr const char* kName

template <typename T, typename... Args>
Napi::Value make_handle(Napi::Env env, Args&&... args) {
  auto owned = std::make_unique<T>(std::forward<Args>(args)...);
  auto handle = Napi::External<T>::New(env, owned.get(), [](Napi::Env, T* object) { delete object; });
  owned.release();
  handle.TypeTag(&HandleTraits<T>::kTag);
  return handle;
}

// Lives as long as the JavaScript value: a job must copy what it needs.
template <typename T>
T& handle_argument(const Napi::Value& value) {
  if (!value.IsExternal() || !value.As<Napi::External<T>>().CheckTypeTag(&HandleTraits<T>::kTag)) {
    invalid_argument(value.Env(), std::string(HandleTraits<T>::kName) + " must be a handle made by this addon");
  }
  return *value.As<Napi::External<T>>().Data();
}

}  // namespace shac::binding
