// The handle behind lib/native/local-history.ts: finished trials that JavaScript adds to.
#pragma once

#include "binding/handle.h"
#include "core/surrogate/history.h"

namespace shac::binding {

template <>
struct HandleTraits<History> {
  static constexpr napi_type_tag kTag = {0x7368616300000005, 0x686973746f727905};
  static constexpr const char* kName = "history";
};

// A job takes what it needs of the history when it is started: trials that are added meanwhile do not concern it.

// Numbers in [low, high); NaN, where it is allowed, as well.
std::vector<double> numbers_property(const Napi::Object& options, const char* name, double low, double high,
                                     bool or_nan = false);
// Rows of `columns` places.
std::vector<double> places_property(const Napi::Object& options, const char* name, std::size_t columns);

}  // namespace shac::binding
