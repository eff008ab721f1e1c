// The threads of an environment's jobs. They are kept: XGBoost and malloc take a fifth longer on a thread that is new
// to them.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace shac::binding {

// One thread a task: a task never waits for another. There are as many as there have been tasks at once. run() and
// join() belong to the event loop's thread.
class JobThreads {
 public:
  JobThreads() = default;
  ~JobThreads() { join(); }
  JobThreads(const JobThreads&) = delete;
  JobThreads& operator=(const JobThreads&) = delete;

  // Starts a task, which must not throw. Throws std::system_error when there are no more threads to be had.
  void run(std::function<void()> task);
  // Waits for all tasks and ends the threads; run() starts new ones.
  void join();

 private:
  void work();

  std::vector<std::thread> threads_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  std::size_t idle_ = 0;  // threads
  bool ending_ = false;
};

}  // namespace shac::binding
