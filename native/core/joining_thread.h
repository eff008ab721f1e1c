// A thread that is joined when it goes out of scope: std::jthread, which not every C++20 library has.
#pragma once

#include <thread>
#include <utility>

namespace shac {

class JoiningThread {
 public:
  template <typename Work>
  explicit JoiningThread(Work work) : thread_(std::move(work)) {}
  JoiningThread(JoiningThread&&) = default;
  ~JoiningThread() { join(); }

  void join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::thread thread_;
};

}  // namespace shac
