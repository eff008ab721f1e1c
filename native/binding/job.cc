#include "binding/job.h"

#include <utility>

namespace shac::binding {

Job::Job(Napi::Env env, CancelToken token)
    : Napi::AsyncWorker(env, "shac"), deferred_(Napi::Promise::Deferred::New(env)), token_(std::move(token)) {
  auto& running = data_of(env).running;
  registered_ = running.insert(running.end(), token_);
}

Napi::Value Job::start(Job* job) {
  const Napi::Promise promise = job->deferred_.Promise();
  job->Queue();
  return promise;
}

void Job::Execute() {
  try {
    compute(token_);
  } catch (...) {
    error_ = std::current_exception();
  }
}

void Job::OnOK() {
  const Napi::Env env = Env();
  data_of(env).running.erase(registered_);
  if (!error_) {
    try {
      deferred_.Resolve(result(env));
      return;
    } catch (...) {  // no memory for the result, say
      error_ = std::current_exception();
    }
  }
  deferred_.Reject(to_js_error(env, error_).Value());
}

}  // namespace shac::binding
