// What native/core throws, beside what the standard library does. The binding turns all of it into JavaScript errors
// with a `code`.
#pragma once

#include <stdexcept>
#include <string>

namespace shac {

enum class ErrorCode {
  kInvalidArgument,    // a caller's mistake: sizes that do not match, a value out of range
  kInvalidClassifier,  // bytes that are not one of XGBoost's binary:logistic tree models
  kEmptyRegion,        // the draw budget was spent without finding a candidate
  kXGBoost,            // XGBoost reported a failure
};

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

// Thrown by a long computation once its CancelToken is set. Not an Error: nothing went wrong.
struct Cancelled {};

}  // namespace shac
