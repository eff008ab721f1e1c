// The handle behind lib/cascade: a native cascade that JavaScript appends to.
#pragma once

#include "binding/handle.h"
#include "core/cascade.h"

namespace shac::binding {

template <>
struct HandleTraits<Cascade> {
  static constexpr napi_type_tag kTag = {0x7368616300000002, 0x6361736361646502};
  static constexpr const char* kName = "cascade";
};

}  // namespace shac::binding
