// Independent jobs on a few threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <vector>

#include "core/joining_thread.h"

namespace shac {

// Runs job(0) .. job(count - 1) on `threads` threads, this one among them. The first exception is rethrown here once
// all have stopped.
template <typename Job>
void in_parallel(unsigned count, unsigned threads, const Job& job) {
  std::atomic<unsigned> next{0};
  std::mutex mutex;
  std::exception_ptr error;
  const auto work = [&] {
    for (unsigned i = next++; i < count; i = next++) {
      try {
        job(i);
      } catch (...) {
        next = count;
        const std::lock_guard lock(mutex);
        if (!error) error = std::current_exception();
      }
    }
  };
  {
    std::vector<JoiningThread> helpers;
    for (unsigned i = 1; i < std::min(threads, count); ++i) helpers.emplace_back(work);
    work();
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace shac
