#include "hir/data/python_literal.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

json Parsed(const std::string& text) {
  const auto value = ParsePythonLiteral(text);
  EXPECT_TRUE(value.ok()) << text << ": " << value.status();
  return value.ok() ? *value : json();
}

std::string ErrorOf(const std::string& text) {
  return std::string(ParsePythonLiteral(text).status().message());
}

TEST(PythonLiteral, ReadsWhatReprWrites) {
  EXPECT_EQ(Parsed("[{'a': ['x', \"it's\"], 'k': [None, {'n': 40, 'r': 'at least'}]}]").dump(),
            R"([{"a":["x","it's"],"k":[null,{"n":40,"r":"at least"}]}])");
  EXPECT_EQ(Parsed("[True, False, -3, 2.5, 1e-05, (1,), (), [], {}]").dump(),
            "[true,false,-3,2.5,1e-05,[1],[],[],{}]");
  EXPECT_EQ(Parsed(R"('a\'b\\c\n\t\x41\u00e9\U0001f600"')").get<std::string>(),
            "a'b\\c\n\tA\u00e9\U0001f600\"");
  EXPECT_EQ(Parsed(" [ 1 ,\n 2 , ] ").dump(), "[1,2]");
}

TEST(PythonLiteral, TakesJsonsShapesButNotItsWords) {
  EXPECT_EQ(Parsed(R"({"a": [1]})").dump(), R"({"a":[1]})");
  EXPECT_THAT(ErrorOf("[null]"), HasSubstr("not a Python literal at byte 2"));
}

TEST(PythonLiteral, SaysWhereItBreaks) {
  EXPECT_EQ(ErrorOf("[1 2]"), "a list without a comma or an end at byte 4");
  EXPECT_EQ(ErrorOf("{'a' 1}"), "a key without a colon at byte 6");
  EXPECT_EQ(ErrorOf("{1: 2}"), "a key that is not a text at byte 3");
  EXPECT_EQ(ErrorOf("{'a': 1, 'a': 2}"), "a repeated key at byte 16");
  EXPECT_EQ(ErrorOf("['abc"), "an unterminated string at byte 6");
  EXPECT_EQ(ErrorOf("[1] x"), "text after the value at byte 5");
  EXPECT_EQ(ErrorOf(""), "not a Python literal at byte 1");
  EXPECT_EQ(ErrorOf("__import__('os')"), "not a Python literal at byte 1");
  EXPECT_EQ(ErrorOf(R"('\ud800')"), "an escape that is not a character at byte 4");
  EXPECT_EQ(ErrorOf("[inf]"), "not a Python literal at byte 2");
}

TEST(PythonLiteral, NestingIsBounded) {
  EXPECT_THAT(ErrorOf(std::string(100000, '[')), HasSubstr("nested more than 100 deep"));
  EXPECT_THAT(ErrorOf(std::string(100000, '(')), HasSubstr("nested more than 100 deep"));
}

}  // namespace
}  // namespace hir
