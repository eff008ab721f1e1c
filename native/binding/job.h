// A long computation as a promise. Each job has a thread to itself, and may start more inside: libuv's pool has few, is
// shared with the whole process, and Node waits for its jobs before an environment that goes down can cancel them.
#pragma once

#include <memory>

#include "binding/env.h"

namespace shac::binding {

// A subclass writes compute(), which runs off the event loop and sees no JavaScript value, and result(), which runs on
// it afterwards. AddonData::running owns the job from start() until its promise is settled.
class Job {
 public:
  Job(Napi::Env env, CancelToken token);
  virtual ~Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  // Starts the computation; the promise settles when it is over.
  static Napi::Value start(Napi::Env env, std::unique_ptr<Job> job);

 protected:
  virtual void compute(const CancelToken& token) = 0;
  virtual Napi::Value result(Napi::Env env) = 0;

 private:
  friend void stop_jobs(AddonData& data);
  static void on_event_loop(Napi::Env env, Napi::Function, Job*, Job* job);
  using Done = Napi::TypedThreadSafeFunction<Job, Job, &Job::on_event_loop>;

  void run();
  void settle(Napi::Env env);

  Napi::Promise::Deferred deferred_;
  CancelToken token_;
  std::exception_ptr error_;
  Done done_;  // keeps the event loop alive until the job is settled
};

// Cancels the jobs under way and waits for their threads, for an environment that ends.
void stop_jobs(AddonData& data);

// The core token behind a JavaScript CancelToken; a fresh one for undefined.
CancelToken token_argument(const Napi::Value& value);

}  // namespace shac::binding
