// A flag that one thread sets and a long computation on other threads polls.
#pragma once

#include <atomic>
#include <memory>

#include "core/error.h"

namespace shac {

// Copies share the flag. Setting it is final.
class CancelToken {
 public:
  CancelToken() : flag_(std::make_shared<std::atomic<bool>>(false)) {}
  void cancel() noexcept { flag_->store(true, std::memory_order_relaxed); }
  bool cancelled() const noexcept { return flag_->load(std::memory_order_relaxed); }
  void throw_if_cancelled() const {
    if (cancelled()) throw Cancelled{};
  }

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
};

}  // namespace shac
