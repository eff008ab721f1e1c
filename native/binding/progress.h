// The handle through which JavaScript reads how far a job is while its threads run.
#pragma once

#include <memory>

#include "binding/handle.h"
#include "core/progress.h"

namespace shac::binding {

using SharedProgress = std::shared_ptr<Progress>;

template <>
struct HandleTraits<SharedProgress> {
  static constexpr napi_type_tag kTag = {0x7368616300000004, 0x70726f6772657304};
  static constexpr const char* kName = "progress";
};

}  // namespace shac::binding
