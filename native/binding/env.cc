#include "binding/env.h"

#include <cmath>
#include <new>
#include <stdexcept>
#include <system_error>

#include "binding/job.h"
#include "core/error.h"

namespace shac::binding {
namespace {

const char* code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "ERR_INVALID_ARGUMENT";
    case ErrorCode::kInvalidClassifier:
      return "ERR_CLASSIFIER_INVALID";
    case ErrorCode::kEmptyRegion:
      return "ERR_EMPTY_REGION";
    case ErrorCode::kXGBoost:
      return "ERR_XGBOOST";
  }
  return "ERR_INTERNAL";
}

Napi::Error with_code(Napi::Error error, const char* code) {
  error.Set("code", Napi::String::New(error.Env(), code));
  return error;
}

}  // namespace

AddonData::AddonData() = default;
AddonData::~AddonData() = default;

AddonData& data_of(Napi::Env env) { return *env.GetInstanceData<AddonData>(); }

Napi::Error to_js_error(Napi::Env env, const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Cancelled&) {
    return with_code(Napi::Error::New(env, "the operation was aborted"), "ABORT_ERR");
  } catch (const Error& failure) {
    return with_code(Napi::Error::New(env, failure.what()), code_of(failure.code()));
  } catch (const Napi::Error& failure) {  // of JavaScript's own: its code, if any, stays
    return failure;
  } catch (const std::bad_alloc&) {
    return with_code(Napi::Error::New(env, "there is not enough memory"), "ERR_OUT_OF_MEMORY");
  } catch (const std::length_error&) {  // more than any memory has
    return with_code(Napi::Error::New(env, "there is not enough memory"), "ERR_OUT_OF_MEMORY");
  } catch (const std::system_error& failure) {  // a thread is all that is asked of the system
    return with_code(Napi::Error::New(env, std::string("no thread could be started: ") + failure.what()),
                     "ERR_OUT_OF_MEMORY");
  } catch (const std::exception& failure) {
    return with_code(Napi::Error::New(env, failure.what()), "ERR_INTERNAL");
  } catch (...) {
    return with_code(Napi::Error::New(env, "an unknown failure"), "ERR_INTERNAL");
  }
}

void invalid_argument(Napi::Env env, const std::string& message) {
  throw with_code(Napi::TypeError::New(env, message), "ERR_INVALID_ARGUMENT");
}

Napi::Object object_argument(const Napi::Value& value, const char* name) {
  if (!value.IsObject() || value.IsFunction()) invalid_argument(value.Env(), std::string(name) + " must be an object");
  return value.As<Napi::Object>();
}

Napi::Value property(const Napi::Object& object, const char* name) { return object.Get(name); }

std::uint64_t whole_property(const Napi::Object& object, const char* name, std::uint64_t low, std::uint64_t high) {
  const double number = number_property(object, name, static_cast<double>(low), static_cast<double>(high));
  if (number != std::floor(number)) invalid_argument(object.Env(), std::string(name) + " must be a whole number");
  return static_cast<std::uint64_t>(number);
}

double number_property(const Napi::Object& object, const char* name, double low, double high) {
  const Napi::Value value = property(object, name);
  if (!value.IsNumber()) invalid_argument(object.Env(), std::string(name) + " must be a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= low && number <= high)) {
    invalid_argument(object.Env(), std::string(name) + " is " + std::to_string(number) + ", expected " +
                                       std::to_string(low) + " to " + std::to_string(high));
  }
  return number;
}

std::string text_property(const Napi::Object& object, const char* name) {
  const Napi::Value value = property(object, name);
  if (!value.IsString()) invalid_argument(object.Env(), std::string(name) + " must be a string");
  return value.As<Napi::String>();
}

bool boolean_property(const Napi::Object& object, const char* name) {
  const Napi::Value value = property(object, name);
  if (!value.IsBoolean()) invalid_argument(object.Env(), std::string(name) + " must be a boolean");
  return value.As<Napi::Boolean>().Value();
}

std::uint64_t uint64_property(const Napi::Object& object, const char* name) {
  const Napi::Value value = property(object, name);
  if (!value.IsBigInt()) invalid_argument(object.Env(), std::string(name) + " must be a BigInt");
  bool lossless = false;
  const std::uint64_t number = value.As<Napi::BigInt>().Uint64Value(&lossless);
  if (!lossless) invalid_argument(object.Env(), std::string(name) + " must be a BigInt in [0, 2^64)");
  return number;
}

std::span<const std::uint8_t> bytes_argument(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    invalid_argument(value.Env(), std::string(name) + " must be a Uint8Array");
  }
  const auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ElementLength()};
}

std::span<const std::uint16_t> codes_argument(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint16_array) {
    invalid_argument(value.Env(), std::string(name) + " must be a Uint16Array");
  }
  const auto array = value.As<Napi::Uint16Array>();
  return {array.Data(), array.ElementLength()};
}

std::span<const double> numbers_argument(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
    invalid_argument(value.Env(), std::string(name) + " must be a Float64Array");
  }
  const auto array = value.As<Napi::Float64Array>();
  return {array.Data(), array.ElementLength()};
}

std::span<const float> floats_argument(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array) {
    invalid_argument(value.Env(), std::string(name) + " must be a Float32Array");
  }
  const auto array = value.As<Napi::Float32Array>();
  return {array.Data(), array.ElementLength()};
}

}  // namespace shac::binding
