#include "cli/model_options.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(ModelOptions model, const std::string& running_worker = "") {
  return std::string(CheckModelOptions(running_worker, model).message());
}

TEST(ModelOptions, VariablesAreAnObjectOfFreeNames) {
  ModelOptions model = {.chat_template_kwargs = R"({ "enable_thinking": false })"};
  ASSERT_TRUE(CheckModelOptions("", model).ok());
  EXPECT_EQ(model.chat_template_kwargs, R"({"enable_thinking":false})");
  EXPECT_TRUE(CheckModelOptions("127.0.0.1:7", model).ok());
  EXPECT_THAT(ErrorOf({.chat_template_kwargs = "enable_thinking"}),
              HasSubstr("--chat-template-kwargs: chat_template_kwargs must be a JSON object"));
  EXPECT_THAT(ErrorOf({.chat_template_kwargs = R"({"tools": []})"}), HasSubstr("has \"tools\""));
}

TEST(ModelOptions, TheMarkIsThatOfAWorkerStartedHere) {
  EXPECT_EQ(ErrorOf({.reasoning_end = "</think>"}), "");
  EXPECT_THAT(ErrorOf({.reasoning_end = "</think>"}, "127.0.0.1:7"),
              HasSubstr("a running one has its own"));
  EXPECT_THAT(ErrorOf({.reasoning_end = " \n"}),
              HasSubstr("--reasoning-end: reasoning_end is blank"));
  EXPECT_THAT(ErrorOf({.reasoning_end = std::string(257, '<')}), HasSubstr("it may have 256"));
}

}  // namespace
}  // namespace hir
