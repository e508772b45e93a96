#include "hir/data/json_fields.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using nlohmann::json;

std::string ErrorOf(const std::string& text) {
  return std::string(ParseRecordJson(text).status().message());
}

TEST(ParseRecordJson, RefusesWhatReadersDisagreeOn) {
  EXPECT_EQ(ErrorOf(R"({"a": 1, "b": {"a": 2}, "a": 3})"),
            "the key \"a\" appears twice in one object");
  EXPECT_EQ(ErrorOf(R"([{"a": [{"b": 1, "b": 1}]}])"), "the key \"b\" appears twice in one object");
  EXPECT_TRUE(ParseRecordJson(R"([{"a": 1}, {"a": 2, "c": {"a": 3}}])").ok());
}

TEST(ParseRecordJson, TellsBytesThatAreNotUtf8FromTextThatIsNotJson) {
  EXPECT_EQ(ErrorOf("{\"a\": \"\xff\"}"), "not UTF-8 at byte 8");
  EXPECT_EQ(ErrorOf("{\"a\": \"\xc3\"}"), "not UTF-8 at byte 9");
  EXPECT_EQ(ErrorOf("{\"a\": x}"), "not JSON at byte 7");
}

TEST(Shown, CutsBetweenCharacters) {
  EXPECT_EQ(Shown("é"), "\"é\"");
  std::string long_text;
  for (int i = 0; i < 100; ++i) long_text += "é";
  const std::string shown = Shown(long_text);
  EXPECT_LE(shown.size(), 83u);
  EXPECT_TRUE(ParseRecordJson("\"" + shown.substr(1) + "\"").ok()) << shown;
  EXPECT_EQ(Shown(std::string("\xff")), "\"\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace hir
