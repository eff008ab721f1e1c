// A reader for the subset of Universal Binary JSON that XGBoost writes (https://ubjson.org), made for untrusted bytes:
// every length is checked against what is left of the input, nesting is bounded, nothing is read past the end, and what
// is kept takes a few bytes of memory for each byte of the input at the most.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace shac::ubjson {

struct Value;
using Array = std::vector<Value>;
using Object = std::vector<std::pair<std::string, Value>>;
using Numbers = std::vector<double>;  // any typed or untyped array that holds only numbers

struct Value {
  std::variant<std::nullptr_t, bool, double, std::string, Numbers, Array, Object> data;
};

// Members of objects whose name is not in `wanted` are checked, but not kept.
// Throws Error(kInvalidClassifier) with the byte offset when `bytes` is not one complete UBJSON value.
Value parse(std::span<const std::uint8_t> bytes, std::span<const std::string_view> wanted);

// The member `key` of an object, else Error(kInvalidClassifier) naming it.
const Value& member(const Value& object, std::string_view key);
const std::string& string_member(const Value& object, std::string_view key);
const Numbers& numbers_member(const Value& object, std::string_view key);
const Array& array_member(const Value& object, std::string_view key);

}  // namespace shac::ubjson
