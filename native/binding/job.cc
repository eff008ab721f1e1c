#include "binding/job.h"

#include <system_error>
#include <utility>

#include "binding/entries.h"

namespace shac::binding {

Job::Job(Napi::Env env, CancelToken token) : deferred_(Napi::Promise::Deferred::New(env)), token_(std::move(token)) {}

Napi::Value Job::start(Napi::Env env, std::unique_ptr<Job> owned) {
  Job* job = owned.get();
  const Napi::Promise promise = job->deferred_.Promise();
  job->done_ = Done::New(env, "shac", 0, 1, job);
  auto& running = data_of(env).running;
  running.push_back(std::move(owned));
  try {
    data_of(env).threads.run([job] { job->run(); });
  } catch (const std::system_error&) {  // no more threads: it fails as the computation would
    job->error_ = std::current_exception();
    job->done_.NonBlockingCall(job);
    job->done_.Release();
  }
  return promise;
}

void Job::run() {
  try {
    compute(token_);
  } catch (...) {
    error_ = std::current_exception();
  }
  // A copy: once it is called, the event loop may free this job at any moment. While the environment ends the call is
  // refused, and has released the function; stop_jobs() waits for this thread.
  const Done done = done_;
  if (done.NonBlockingCall(this) == napi_ok) done.Release();
}

void Job::on_event_loop(Napi::Env env, Napi::Function, Job*, Job* job) {
  // Without an environment the job is gone: stop_jobs() has freed it.
  if (static_cast<napi_env>(env) != nullptr) job->settle(env);
}

void Job::settle(Napi::Env env) {
  auto& running = data_of(env).running;
  const auto own = std::find_if(running.begin(), running.end(), [&](const auto& job) { return job.get() == this; });
  if (own == running.end()) return;
  const std::unique_ptr<Job> self = std::move(*own);  // freed when this returns
  running.erase(own);
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

void stop_jobs(AddonData& data) {
  for (const auto& job : data.running) job->token_.cancel();
  data.threads.join();
}

Napi::Value stop(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    stop_jobs(data_of(info.Env()));
    return info.Env().Undefined();
  });
}

}  // namespace shac::binding
