// The addon's entry points, one a JavaScript function. lib/native/addon.ts has their TypeScript signatures.
#pragma once

#include "binding/env.h"

namespace shac::binding {

Napi::Value create_token(const Napi::CallbackInfo& info);
Napi::Value cancel(const Napi::CallbackInfo& info);
Napi::Value stop(const Napi::CallbackInfo& info);

Napi::Value create_cascade(const Napi::CallbackInfo& info);
Napi::Value append_classifier(const Napi::CallbackInfo& info);
Napi::Value accepts(const Napi::CallbackInfo& info);
Napi::Value margins(const Napi::CallbackInfo& info);
Napi::Value compile_classifier(const Napi::CallbackInfo& info);
Napi::Value acceptance(const Napi::CallbackInfo& info);

Napi::Value create_progress(const Napi::CallbackInfo& info);
Napi::Value read_progress(const Napi::CallbackInfo& info);

Napi::Value sample(const Napi::CallbackInfo& info);
Napi::Value create_history(const Napi::CallbackInfo& info);
Napi::Value add_trials(const Napi::CallbackInfo& info);
Napi::Value fit_surrogate(const Napi::CallbackInfo& info);
Napi::Value propose(const Napi::CallbackInfo& info);

Napi::Value train(const Napi::CallbackInfo& info);
Napi::Value xgboost_margins(const Napi::CallbackInfo& info);
Napi::Value xgboost_version(const Napi::CallbackInfo& info);

Napi::Value take_output(const Napi::CallbackInfo& info);
Napi::Value guard_signals(const Napi::CallbackInfo& info);
Napi::Value signal_heard(const Napi::CallbackInfo& info);
Napi::Value release_signals(const Napi::CallbackInfo& info);

}  // namespace shac::binding
