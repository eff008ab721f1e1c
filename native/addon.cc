// Registers the addon's entry points, nothing else.
#include "binding/entries.h"
#include "binding/job.h"

namespace {

using shac::binding::AddonData;

Napi::Object init(Napi::Env env, Napi::Object exports) {
  auto* data = new AddonData;
  env.SetInstanceData(data);
  // A worker thread that is terminated does not finish a long search.
  env.AddCleanupHook([](AddonData* addon) { shac::binding::stop_jobs(*addon); }, data);

  const auto add = [&](const char* name, auto entry) { exports.Set(name, Napi::Function::New(env, entry, name)); };
  add("createToken", shac::binding::create_token);
  add("cancel", shac::binding::cancel);
  add("stop", shac::binding::stop);
  add("createCascade", shac::binding::create_cascade);
  add("appendClassifier", shac::binding::append_classifier);
  add("compileClassifier", shac::binding::compile_classifier);
  add("accepts", shac::binding::accepts);
  add("margins", shac::binding::margins);
  add("acceptance", shac::binding::acceptance);
  add("createProgress", shac::binding::create_progress);
  add("readProgress", shac::binding::read_progress);
  add("sample", shac::binding::sample);
  add("createHistory", shac::binding::create_history);
  add("addTrials", shac::binding::add_trials);
  add("fitSurrogate", shac::binding::fit_surrogate);
  add("propose", shac::binding::propose);
  add("train", shac::binding::train);
  add("xgboostMargins", shac::binding::xgboost_margins);
  add("xgboostVersion", shac::binding::xgboost_version);
  add("takeOutput", shac::binding::take_output);
  add("guardSignals", shac::binding::guard_signals);
  add("signalHeard", shac::binding::signal_heard);
  add("releaseSignals", shac::binding::release_signals);
  return exports;
}

}  // namespace

NODE_API_MODULE(shac, init)
