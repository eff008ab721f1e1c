// The handle behind lib/native/cascade.ts: a native cascade that JavaScript appends to.
#pragma once

#include "binding/handle.h"
#include "core/cascade/cascade.h"

namespace shac::binding {

template <>
struct HandleTraits<Cascade> {
  static constexpr napi_type_tag kTag = {0x7368616300000002, 0x6361736361646502};
  static constexpr const char* kName = "cascade";
};

// A classifier that a job has trained or read: saves reading its model on the event loop.
using CompiledClassifier = std::shared_ptr<const Forest>;

template <>
struct HandleTraits<CompiledClassifier> {
  static constexpr napi_type_tag kTag = {0x7368616300000003, 0x636c617373696603};
  static constexpr const char* kName = "classifier";
};

}  // namespace shac::binding
