// A long computation as a promise: one job in libuv's pool, which may use threads of its own inside.
#pragma once

#include <utility>

#include "binding/env.h"

namespace shac::binding {

// A subclass writes compute(), which runs off the event loop and sees no JavaScript value, and result(), which runs on
// it afterwards. The job owns itself.
class Job : public Napi::AsyncWorker {
 public:
  Job(Napi::Env env, CancelToken token);

  // Queues the job; the promise settles when it has run.
  static Napi::Value start(Job* job);

 protected:
  virtual void compute(const CancelToken& token) = 0;
  virtual Napi::Value result(Napi::Env env) = 0;

 private:
  void Execute() final;
  void OnOK() final;

  Napi::Promise::Deferred deferred_;
  CancelToken token_;
  std::list<CancelToken>::iterator registered_;
  std::exception_ptr error_;
};

// The core token behind a JavaScript CancelToken; a fresh one for undefined.
CancelToken token_argument(const Napi::Value& value);

}  // namespace shac::binding
