#include "binding/job_threads.h"

#include <utility>

namespace shac::binding {

void JobThreads::run(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(task));
    if (waiting_.size() <= idle_) {
      changed_.notify_one();
      return;
    }
  }
  try {
    threads_.emplace_back([this] { work(); });
  } catch (...) {
    // An idle thread may have taken it meanwhile, and ours another's: what is left over is the newest.
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return;
    waiting_.pop_back();
    throw;
  }
}

void JobThreads::join() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  ending_ = false;
}

void JobThreads::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) return;
    const std::function<void()> task = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace shac::binding
