#include "core/xgboost/ubjson.h"

#include "test/xgboost/ubjson_writer.h"

namespace shac::test {
namespace {

using ubjson::Array;
using ubjson::Numbers;
using ubjson::Object;
using ubjson::Value;

// Keeps the members that these tests look for.
Value parse(const Bytes& bytes) {
  constexpr std::string_view kWanted[] = {"a", "b", "c", "d"};
  return ubjson::parse(bytes, kWanted);
}

Value parse_text(std::string_view text) { return parse(Writer().raw(text).bytes()); }

std::string refusal(const Bytes& bytes) {
  return error_of(ErrorCode::kInvalidClassifier, [&] { parse(bytes); });
}
std::string refusal(std::string_view text) { return refusal(Writer().raw(text).bytes()); }

TEST(Ubjson, ReadsEveryKindOfNumber) {
  EXPECT_EQ(std::get<double>(parse_text("i\xff").data), -1);
  EXPECT_EQ(std::get<double>(parse_text("U\xff").data), 255);
  EXPECT_EQ(std::get<double>(parse_text("I\xff\xfe").data), -2);
  EXPECT_EQ(std::get<double>(parse_text("l\xff\xff\xff\xfd").data), -3);
  EXPECT_EQ(std::get<double>(parse(Writer().raw("L").big_endian(1ull << 40, 8).bytes()).data), 0x1p40);
  EXPECT_EQ(std::get<double>(parse_text("L\xff\xff\xff\xff\xff\xff\xff\xfc").data), -4);
  EXPECT_EQ(std::get<double>(parse(Writer().raw("d").big_endian(0x3fc00000, 4).bytes()).data), 1.5);
  EXPECT_EQ(std::get<double>(parse(Writer().number(-1e300).bytes()).data), -1e300);
}

TEST(Ubjson, ReadsConstantsStringsAndNoOps) {
  EXPECT_TRUE(std::get<bool>(parse_text("T").data));
  EXPECT_FALSE(std::get<bool>(parse_text("F").data));
  EXPECT_TRUE(std::holds_alternative<std::nullptr_t>(parse_text("NNZ").data));
  EXPECT_EQ(std::get<std::string>(parse_text("Si\5hello").data), "hello");
  EXPECT_EQ(std::get<std::string>(parse_text(std::string_view("Si\0", 3)).data), "");
}

TEST(Ubjson, ReadsEveryKindOfArray) {
  const Numbers expected{1, 2, 3};
  EXPECT_EQ(std::get<Numbers>(parse_text("[i\1U\2i\3]").data), expected);
  EXPECT_EQ(std::get<Numbers>(parse_text("[#i\3i\1i\2U\3").data), expected);
  EXPECT_EQ(std::get<Numbers>(parse_text("[$U#i\3\1\2\3").data), expected);
  EXPECT_EQ(std::get<Numbers>(parse(Writer().numbers({1, 2, 3}).bytes()).data), expected);
  EXPECT_EQ(std::get<Array>(parse_text("[FT]").data).size(), 2u);
  EXPECT_NE(refusal("{i\1a[i\1T]}").find("several kinds"), std::string::npos);
  EXPECT_TRUE(std::get<Array>(parse_text("[]").data).empty());
}

TEST(Ubjson, FindsMembers) {
  const Value value = parse_text("{i\1aSi\1xi\1b[$U#i\1\7i\1c[T]i\1d{}}");
  EXPECT_EQ(ubjson::string_member(value, "a"), "x");
  EXPECT_EQ(ubjson::numbers_member(value, "b"), Numbers{7});
  EXPECT_EQ(ubjson::array_member(value, "c").size(), 1u);
  EXPECT_TRUE(std::get<Object>(ubjson::member(value, "d").data).empty());
  const auto message = [&](auto call) { return error_of(ErrorCode::kInvalidClassifier, call); };
  EXPECT_EQ(std::get<Object>(parse_text("{i\1aTi\1z[$U#i\1\7}").data).size(), 1u) << "what is not wanted is not kept";
  EXPECT_NE(message([&] { ubjson::member(value, "absent"); }).find("'absent' is missing"), std::string::npos);
  EXPECT_NE(message([&] { ubjson::numbers_member(value, "a"); }).find("'a'"), std::string::npos);
  EXPECT_NE(message([&] { ubjson::member(parse_text("T"), "a"); }).find("missing"), std::string::npos);
}

// Some bytes stand for values of forty bytes: a damaged file could ask for far more memory than it is long.
TEST(Ubjson, RefusesWhatTakesFarMoreMemoryThanItIsLong) {
  constexpr std::size_t kCount = 200'000;
  const auto items = [&](std::string_view head, std::string_view item, std::string_view end) {
    std::string text = "{i\1" + std::string(head);
    for (std::size_t i = 0; i < kCount; ++i) text += item;
    return text + std::string(end);
  };
  const std::string count = {'l', 0, 3, 0xd, 0x40};
  for (const std::string_view item : {"Z", "T", "{}", "[]", "SU\1x", "[i\1]"}) {
    EXPECT_NE(refusal(items("a[", item, "]}")).find("more than a classifier has"), std::string::npos) << item;
    EXPECT_NE(refusal(items("a[#" + count, item, "}")).find("more than a classifier has"), std::string::npos) << item;
    // What is not wanted takes no memory.
    EXPECT_TRUE(std::get<Object>(parse_text(items("z[", item, "]}")).data).empty());
    EXPECT_TRUE(std::get<Object>(parse_text(items("z[#" + count, item, "}")).data).empty());
  }
  EXPECT_NE(refusal(items("a[$U#" + count, "x", "}")).find("more than a classifier has"), std::string::npos);
  EXPECT_NE(refusal(items("aT", "i\1aT", "}")).find("more than a classifier has"), std::string::npos);
  const Value numbers = parse_text(items("a[", "i\1", "]}"));
  EXPECT_EQ(ubjson::numbers_member(numbers, "a").size(), kCount);
}

TEST(Ubjson, BelievesNoLengthThatIsAnnounced) {
  const std::string long_one = "{i\1a[#L" + std::string({0, 0, 0, 0, 0x7f, '\xff', '\xff', '\xff'});
  EXPECT_NE(refusal(long_one).find("ends early"), std::string::npos);
}

TEST(Ubjson, RefusesWhatIsNotOneCompleteValue) {
  EXPECT_NE(refusal("").find("ends early"), std::string::npos);
  EXPECT_NE(refusal("TT").find("extra bytes"), std::string::npos);
  EXPECT_NE(refusal("NNNN").find("ends early"), std::string::npos);
  for (const std::string_view text : {"?",          "]",
                                      "}",          "H",
                                      "[",          "[i",
                                      "[i\1",       "{",
                                      "{i\1a",      "{i\1aT",
                                      "S",          "Si",
                                      "Si\5hell",   "SSi\1a",
                                      "Sd\1\1\1\1", "Si\xff",
                                      "[$U",        "[$Ui\1",
                                      "[$U#i\2\1",  "[$S#i\1i\1a",
                                      "[$[#i\1]",   "[$Z#i\5",
                                      "[#i\2T",     "[#i\xff",
                                      "{#i\1i\1aT", "{$U#i\1i\1a\1",
                                      "{T}"}) {
    SCOPED_TRACE(text);
    refusal(text);
  }
}

TEST(Ubjson, RefusesHugeLengthsWithoutAllocatingThem) {
  for (const std::uint64_t length : {100ull, 1ull << 31, 1ull << 40, (1ull << 61) + 1, ~0ull >> 1, ~0ull}) {
    refusal(Writer().raw("S").length(length).raw("xxxx").bytes());
    refusal(Writer().raw("{").length(length).raw("aT}").bytes());
    refusal(Writer().raw("[#").length(length).raw("TTTT").bytes());
    for (const char* type : {"U", "I", "l", "D"}) {
      refusal(Writer().raw("[$").raw(type).raw("#").length(length).raw("xxxxxxxx").bytes());
    }
  }
}

TEST(Ubjson, BoundsTheNesting) {
  for (const std::string open : {"[", "{i\1a", "[#i\1"}) {
    const std::string close = open == "[" ? "]" : open[0] == '{' ? "}" : "";
    const auto nested = [&](int depth) {
      Writer w;
      for (int i = 0; i < depth; ++i) w.raw(open);
      w.raw("T");
      for (int i = 0; i < depth; ++i) w.raw(close);
      return w.bytes();
    };
    EXPECT_NO_THROW(parse(nested(20))) << open;
    EXPECT_NE(refusal(nested(100)).find("nested too deeply"), std::string::npos);
    EXPECT_NE(refusal(nested(1'000'000)).find("nested too deeply"), std::string::npos);
  }
}

TEST(Ubjson, RandomBytesNeverCrash) {
  Random random(3);
  const std::string_view alphabet = "ZTFNiUIlLdDCHS[]{}$#\0\1\2\3\xff";
  int refused = 0;
  for (int round = 0; round < 30'000; ++round) {
    Bytes bytes(random.between(1, 24));
    for (auto& byte : bytes) {
      byte = random.below(8) == 0 ? static_cast<std::uint8_t>(random.bits())
                                  : static_cast<std::uint8_t>(alphabet[random.below(alphabet.size())]);
    }
    try {
      parse(bytes);
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::kInvalidClassifier);
      ++refused;
    }
  }
  EXPECT_GT(refused, 3'000);
  EXPECT_LT(refused, 30'000);
}

}  // namespace
}  // namespace shac::test
