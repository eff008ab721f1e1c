// The only header that includes napi.h, and what every binding file shares: errors, argument checks, per-environment
// data.
#pragma once

#include <napi.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "binding/job_threads.h"
#include "core/cancel.h"

namespace shac::binding {

class Job;

// One per environment (the main thread and each worker thread load the addon on their own): no mutable globals.
struct AddonData {
  AddonData();
  ~AddonData();
  // The jobs under way.
  std::list<std::unique_ptr<Job>> running;
  JobThreads threads;
};

AddonData& data_of(Napi::Env env);

// A JavaScript error for whatever native/core threw, with the code that lib/errors.ts lists.
Napi::Error to_js_error(Napi::Env env, const std::exception_ptr& error);

// Calls body() and turns core exceptions into JavaScript ones. Every synchronous entry point goes through it.
template <typename Body>
Napi::Value guarded(Napi::Env env, const Body& body) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw to_js_error(env, std::current_exception());
  }
}

// Argument checks. Each throws a TypeError that names the argument and says what is expected.
[[noreturn]] void invalid_argument(Napi::Env env, const std::string& message);
Napi::Object object_argument(const Napi::Value& value, const char* name);
Napi::Value property(const Napi::Object& object, const char* name);
// A whole number in [low, high].
std::uint64_t whole_property(const Napi::Object& object, const char* name, std::uint64_t low, std::uint64_t high);
// A finite number in [low, high].
double number_property(const Napi::Object& object, const char* name, double low, double high);
std::string text_property(const Napi::Object& object, const char* name);
bool boolean_property(const Napi::Object& object, const char* name);
// A BigInt in [0, 2^64).
std::uint64_t uint64_property(const Napi::Object& object, const char* name);
// Views into JavaScript memory: valid only until the entry point returns.
std::span<const std::uint8_t> bytes_argument(const Napi::Value& value, const char* name);
std::span<const double> numbers_argument(const Napi::Value& value, const char* name);
std::span<const std::uint16_t> codes_argument(const Napi::Value& value, const char* name);
std::span<const float> floats_argument(const Napi::Value& value, const char* name);

template <typename TypedArray, typename T>
Napi::Value to_typed_array(Napi::Env env, const std::vector<T>& values) {
  TypedArray array = TypedArray::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

}  // namespace shac::binding
