#include "hir/base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hir {
namespace {

using ::testing::HasSubstr;

std::string Nested(int depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string ErrorOf(std::string_view text) {
  const auto value = ParseJson(text);
  EXPECT_EQ(value.status().code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(value.status().message());
}

TEST(ParseJson, GivesTheValue) {
  EXPECT_EQ(ParseJson(R"({"a": [1, "[[{"]})").value(), (nlohmann::json{{"a", {1, "[[{"}}}));
  EXPECT_EQ(ParseJson<nlohmann::ordered_json>(R"({"b":1,"a":2})")->dump(), R"({"b":1,"a":2})");
}

TEST(ParseJson, SaysWhereATextIsNoJson) {
  EXPECT_EQ(ErrorOf("{\"a\": nope}"), "not JSON at byte 8");
  EXPECT_THAT(ErrorOf(""), HasSubstr("not JSON"));
  EXPECT_EQ(ErrorOf("1e999"), "JSON with a number that is too large");
}

// Printing or copying a value nested that deep would overflow the stack.
TEST(ParseJson, RefusesWhatIsNestedTooDeep) {
  EXPECT_TRUE(ParseJson(Nested(kMaxJsonDepth)).ok());
  EXPECT_EQ(ErrorOf(Nested(kMaxJsonDepth + 1)), "JSON nested more than 100 deep");
  EXPECT_EQ(ErrorOf(Nested(1'000'000)), "JSON nested more than 100 deep");
  EXPECT_EQ(ErrorOf(std::string(1'000'000, '[')), "JSON nested more than 100 deep");
  EXPECT_FALSE(ParseJson(Nested(4), 3).ok());
  EXPECT_TRUE(ParseJson(Nested(3), 3).ok());
}

TEST(CheckWholeNumbers, RefusesWhatWouldBecomeAFraction) {
  for (const char* text : {"18446744073709551615", "[-9223372036854775808]", "1e30", "{\"a\": 1.5}",
                           "[123456789012345678901234.0]", "\"123456789012345678901234\"",
                           "[1, -2]", "\"\\\"99999999999999999999999\""}) {
    EXPECT_TRUE(CheckWholeNumbers(text).ok()) << text;
  }
  EXPECT_EQ(CheckWholeNumbers("{\"a\": [1, 18446744073709551616]}").message(),
            "JSON with the whole number 18446744073709551616, which takes more than 64 bits");
  EXPECT_FALSE(CheckWholeNumbers("-9223372036854775809").ok());
  EXPECT_FALSE(CheckWholeNumbers("[\"\\\\\", 123456789012345678901234567890]").ok());
}

TEST(ParseJson, CountsNoBracketInAString) {
  const std::string text = "\"\\\"" + std::string(500, '[') + "\"";
  EXPECT_TRUE(ParseJson(text).ok());
}

}  // namespace
}  // namespace hir
