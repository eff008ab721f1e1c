#include "core/xgboost/ubjson.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/error.h"

namespace shac::ubjson {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorCode::kInvalidClassifier, "not a classifier in XGBoost's UBJSON format: " + what);
}

class Reader {
 public:
  Reader(std::span<const std::uint8_t> bytes, std::span<const std::string_view> wanted)
      : bytes_(bytes), wanted_(wanted), room_(kRoomAByte * bytes.size() + kLeastRoom) {}

  Value document() {
    Value value = read_value(next_marker(), 0);
    if (at_ != bytes_.size()) fail("extra bytes after the end at byte " + std::to_string(at_));
    return value;
  }

 private:
  static constexpr int kMaxDepth = 32;  // XGBoost's models nest about 8 deep
  // Bytes of memory for a byte of the input, of which some become forty. XGBoost's models take about one.
  static constexpr std::size_t kRoomAByte = 4, kLeastRoom = 1 << 14;

  // Before so many bytes of memory are taken for what is kept.
  void take_room(std::size_t bytes) {
    if (bytes > room_) fail("it holds more than a classifier has, at byte " + std::to_string(at_));
    room_ -= bytes;
  }

  void need(std::size_t count) const {
    if (count > bytes_.size() - at_) fail("it ends early, at byte " + std::to_string(bytes_.size()));
  }

  std::uint8_t next_byte() {
    need(1);
    return bytes_[at_++];
  }

  char next_marker() {
    char marker;
    do marker = static_cast<char>(next_byte());
    while (marker == 'N');  // no-op
    return marker;
  }

  template <typename Bits>
  Bits big_endian() {
    need(sizeof(Bits));
    Bits bits = 0;
    for (std::size_t i = 0; i < sizeof(Bits); ++i) bits = static_cast<Bits>((std::uint64_t{bits} << 8) | bytes_[at_++]);
    return bits;
  }

  static std::size_t width_of(char marker) {
    switch (marker) {
      case 'i':
      case 'U':
        return 1;
      case 'I':
        return 2;
      case 'l':
      case 'd':
        return 4;
      case 'L':
      case 'D':
        return 8;
      default:
        return 0;
    }
  }

  double read_number(char marker) {
    switch (marker) {
      case 'i':
        return static_cast<std::int8_t>(big_endian<std::uint8_t>());
      case 'U':
        return big_endian<std::uint8_t>();
      case 'I':
        return static_cast<std::int16_t>(big_endian<std::uint16_t>());
      case 'l':
        return static_cast<std::int32_t>(big_endian<std::uint32_t>());
      case 'L':
        return static_cast<double>(static_cast<std::int64_t>(big_endian<std::uint64_t>()));
      case 'd':
        return std::bit_cast<float>(big_endian<std::uint32_t>());
      case 'D':
        return std::bit_cast<double>(big_endian<std::uint64_t>());
      default:
        fail("unknown type marker at byte " + std::to_string(at_));
    }
  }

  std::size_t read_length() {
    const char marker = next_marker();
    if (width_of(marker) == 0 || marker == 'd' || marker == 'D') {
      fail("a length is not an integer at byte " + std::to_string(at_));
    }
    const double length = read_number(marker);
    // Every element of a container takes at least one byte, so a longer one cannot be complete.
    if (length < 0 || length > static_cast<double>(bytes_.size() - at_)) {
      fail("it ends early, at byte " + std::to_string(bytes_.size()));
    }
    return static_cast<std::size_t>(length);
  }

  std::string_view read_text() {
    const std::size_t length = read_length();
    need(length);
    const std::string_view text(reinterpret_cast<const char*>(bytes_.data() + at_), length);
    at_ += length;
    return text;
  }

  Value read_string() {
    const std::string_view text = read_text();
    if (discarding_) return {nullptr};
    take_room(text.size());
    return {std::string(text)};
  }

  Value read_value(char marker, int depth) {
    if (depth > kMaxDepth) fail("nested too deeply at byte " + std::to_string(at_));
    switch (marker) {
      case 'Z':
        return {nullptr};
      case 'T':
        return {true};
      case 'F':
        return {false};
      case 'S':
        return read_string();
      case '[':
        return read_array(depth);
      case '{':
        return read_object(depth);
      default:
        return {read_number(marker)};
    }
  }

  Value read_array(int depth) {
    char type = 0;
    char marker = next_marker();
    if (marker == '$') {
      type = next_marker();
      marker = next_marker();
      if (marker != '#') fail("a typed array has no length at byte " + std::to_string(at_));
    }
    const bool counted = marker == '#';
    const std::size_t count = counted ? read_length() : 0;
    if (type != 0) return read_typed_array(type, count);

    Items items(*this);
    if (counted) {
      for (std::size_t i = 0; i < count; ++i) items.add(read_value(next_marker(), depth + 1));
    } else {
      for (; marker != ']'; marker = next_marker()) items.add(read_value(marker, depth + 1));
    }
    return std::move(items).value();
  }

  // The items of an array that is not typed: numbers, or none of them is one. It grows with what is read, whatever
  // length was announced.
  class Items {
   public:
    explicit Items(Reader& reader) : reader_(reader) {}

    void add(Value item) {
      if (reader_.discarding_) return;
      const double* number = std::get_if<double>(&item.data);
      reader_.take_room(number != nullptr ? sizeof(double) : sizeof(Value));
      if (number != nullptr) numbers_.push_back(*number);
      if (number == nullptr) others_.push_back(std::move(item));
      if (!numbers_.empty() && !others_.empty())
        fail("an array of several kinds at byte " + std::to_string(reader_.at_));
    }

    Value value() && {
      if (numbers_.empty()) return {std::move(others_)};
      return {std::move(numbers_)};
    }

   private:
    Reader& reader_;
    Numbers numbers_;
    Array others_;
  };

  Value read_typed_array(char type, std::size_t count) {
    const std::size_t width = width_of(type);
    if (width == 0) fail("a typed array of non-numbers at byte " + std::to_string(at_));
    need(count * width);  // count <= size of the input, so this cannot overflow
    if (discarding_) {
      at_ += count * width;
      return {nullptr};
    }
    take_room(count * sizeof(double));
    Numbers numbers(count);
    switch (type) {  // the two that XGBoost's trees are made of, without a decision a number
      case 'l':
        for (double& number : numbers) number = static_cast<std::int32_t>(big_endian_unchecked());
        break;
      case 'd':
        for (double& number : numbers) number = std::bit_cast<float>(big_endian_unchecked());
        break;
      default:
        for (double& number : numbers) number = read_number(type);
    }
    return {std::move(numbers)};
  }

  std::uint32_t big_endian_unchecked() {
    const std::uint8_t* from = bytes_.data() + at_;
    at_ += 4;
    return std::uint32_t{from[0]} << 24 | std::uint32_t{from[1]} << 16 | std::uint32_t{from[2]} << 8 | from[3];
  }

  Value read_object(int depth) {
    Object object;
    need(1);
    if (bytes_[at_] == '#' || bytes_[at_] == '$') {
      fail("a counted object, which XGBoost does not write, at byte " + std::to_string(at_));
    }
    while (true) {
      need(1);
      if (bytes_[at_] == '}') {
        ++at_;
        return {std::move(object)};
      }
      const std::string_view key = read_text();
      const bool outer = discarding_;
      const bool kept = !outer && std::find(wanted_.begin(), wanted_.end(), key) != wanted_.end();
      discarding_ = !kept;
      Value value = read_value(next_marker(), depth + 1);
      discarding_ = outer;
      if (!kept) continue;
      take_room(sizeof(Object::value_type) + key.size());
      object.emplace_back(std::string(key), std::move(value));
    }
  }

  std::span<const std::uint8_t> bytes_;
  std::span<const std::string_view> wanted_;
  bool discarding_ = false;
  std::size_t at_ = 0;
  std::size_t room_;  // bytes of memory that are left for what is kept
};

template <typename T>
const T& typed_member(const Value& object, std::string_view key, const char* kind) {
  const T* found = std::get_if<T>(&member(object, key).data);
  if (found == nullptr) fail("member '" + std::string(key) + "' is not " + kind);
  return *found;
}

}  // namespace

Value parse(std::span<const std::uint8_t> bytes, std::span<const std::string_view> wanted) {
  return Reader(bytes, wanted).document();
}

const Value& member(const Value& object, std::string_view key) {
  if (const Object* members = std::get_if<Object>(&object.data)) {
    for (const auto& [name, value] : *members) {
      if (name == key) return value;
    }
  }
  fail("member '" + std::string(key) + "' is missing");
}

const std::string& string_member(const Value& object, std::string_view key) {
  return typed_member<std::string>(object, key, "a string");
}

const Numbers& numbers_member(const Value& object, std::string_view key) {
  return typed_member<Numbers>(object, key, "a list of numbers");
}

const Array& array_member(const Value& object, std::string_view key) {
  return typed_member<Array>(object, key, "a list");
}

}  // namespace shac::ubjson
