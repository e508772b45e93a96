#include "hir/base/chat_template_kwargs.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

std::string Error(std::string_view text) {
  return std::string(ParseChatTemplateKwargs(text).status().message());
}

TEST(ChatTemplateKwargs, AreAnObjectInItsShortestForm) {
  EXPECT_EQ(*ParseChatTemplateKwargs(R"( {"b": [1, 2.5, null], "a": {"c": true, "d": "é"}} )"),
            R"({"b":[1,2.5,null],"a":{"c":true,"d":"é"}})");
  EXPECT_EQ(*ParseChatTemplateKwargs("{}"), "");
  EXPECT_EQ(*ParseChatTemplateKwargs(""), "");
}

TEST(ChatTemplateKwargs, WhatIsNoObjectIsRefused) {
  EXPECT_EQ(Error("[1]"), "chat_template_kwargs must be a JSON object, not [1]");
  EXPECT_EQ(Error("{\"a\""), "chat_template_kwargs must be a JSON object, not {\"a\"");
}

TEST(ChatTemplateKwargs, NamesThatEveryTemplateGetsAreRefused) {
  for (const char* name : {"messages", "tools", "documents", "add_generation_prompt",
                           "continue_final_message", "chat_template", "tokenize"}) {
    EXPECT_THAT(Error(std::string("{\"") + name + "\": 1}"),
                HasSubstr(std::string("has \"") + name + "\""))
        << name;
  }
}

TEST(ChatTemplateKwargs, SizeAndDepthAreBounded) {
  EXPECT_THAT(Error("{\"a\": \"" + std::string(70'000, 'a') + "\"}"),
              HasSubstr("it may have 65536"));
  const std::string deep = std::string(32, '[') + std::string(32, ']');
  EXPECT_THAT(Error("{\"a\": " + deep + "}"), HasSubstr("deeper than 32"));
  EXPECT_THAT(Error("{\"a\": " + deep.substr(1, 62) + "}"), "");
}

TEST(ChatTemplateKwargs, AWholeNumberThatWouldBePrintedAsAFractionIsRefused) {
  EXPECT_EQ(*ParseChatTemplateKwargs(R"({"n": 18446744073709551615})"),
            R"({"n":18446744073709551615})");
  EXPECT_THAT(Error(R"({"a": [18446744073709551616]})"),
              HasSubstr("chat_template_kwargs: JSON with the whole number 18446744073709551616"));
}

TEST(ChatTemplateKwargs, TheFirstOfTwoCounts) {
  EXPECT_EQ(*MergeChatTemplateKwargs(R"({"a": 1, "c": 4})", R"({"b": 2, "a": 3})"),
            R"({"b":2,"a":1,"c":4})");
  EXPECT_EQ(*MergeChatTemplateKwargs("", R"({"a": 3})"), R"({"a":3})");
  EXPECT_EQ(MergeChatTemplateKwargs("", R"({"tools": 3})").status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hir
