// Chat templates render the same text as Transformers' apply_chat_template: the expected texts are
// made by tools/make_tokenizer_fixtures.py.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/tokenizer/continued_chat.h"
#include "hir/tokenizer/smollm2_for_test.h"
#include "hir/tokenizer/tokenizer.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::ordered_json;
using ::testing::HasSubstr;

const std::string kFixtures = std::string(HIR_SOURCE_DIR) + "/tests/fixtures/tokenizer/";

// SmolLM2's tokenizer with another chat template; the destructor removes the folder.
class TokenizerWithTemplate {
 public:
  explicit TokenizerWithTemplate(const std::string& source) {
    static int count = 0;
    folder_ = ::testing::TempDir() + "/chat_template_test_" + std::to_string(getpid()) + "_" +
              std::to_string(count++);
    std::filesystem::create_directories(folder_);
    for (const char* name : {"tokenizer.json", "tokenizer_config.json"}) {
      std::filesystem::copy_file(SmolLM2Folder() + "/" + name, folder_ + "/" + name);
    }
    EXPECT_TRUE(WriteFileAtomically(folder_ + "/chat_template.jinja", source).ok());
    auto loaded = Tokenizer::Load(folder_);
    status_ = loaded.status();
    if (loaded.ok()) tokenizer_ = *std::move(loaded);
  }
  ~TokenizerWithTemplate() { std::filesystem::remove_all(folder_); }

  const absl::Status& status() const { return status_; }
  const Tokenizer& operator*() const { return *tokenizer_; }

 private:
  std::string folder_;
  absl::Status status_;
  std::unique_ptr<Tokenizer> tokenizer_;
};

std::vector<ChatMessage> MessagesOf(const ordered_json& list) {
  std::vector<ChatMessage> messages;
  for (ordered_json entry : list) {
    ChatMessage message = {entry["role"], entry["content"], ""};
    entry.erase("role");
    entry.erase("content");
    if (!entry.empty()) message.fields_json = entry.dump();
    messages.push_back(message);
  }
  return messages;
}

absl::StatusOr<std::string> Render(const Tokenizer& tokenizer, const ordered_json& c) {
  ChatOptions options;
  options.add_generation_prompt = c["add_generation_prompt"];
  options.now_unix_seconds = c["now"];
  if (!c["tools"].is_null()) options.tools_json = c["tools"].dump();
  options.variables_json = c["variables"].dump();
  return tokenizer.RenderChat(MessagesOf(c["messages"]), options);
}

std::map<std::string, std::vector<ordered_json>> CasesByTemplate() {
  std::map<std::string, std::vector<ordered_json>> cases;
  std::ifstream file(kFixtures + "chat.jsonl");
  for (std::string line; std::getline(file, line);) {
    ordered_json c = ordered_json::parse(line);
    cases[c["template"].is_null() ? "" : c["template"].get<std::string>()].push_back(c);
  }
  return cases;
}

void ExpectCases(const Tokenizer& tokenizer, const std::vector<ordered_json>& cases) {
  for (const ordered_json& c : cases) {
    SCOPED_TRACE(c["template"].dump() + " " + c["case"].dump());
    const auto text = Render(tokenizer, c);
    if (c.contains("error")) {
      EXPECT_THAT(std::string(text.status().message()), HasSubstr(c["error"].get<std::string>()));
    } else {
      ASSERT_TRUE(text.ok()) << text.status();
      EXPECT_EQ(*text, c["text"].get<std::string>());
    }
  }
}

TEST(ChatTemplate, SmolLM2RendersAsTransformers) {
  const auto cases = CasesByTemplate()[""];
  ASSERT_GE(cases.size(), 6u);
  ExpectCases(SmolLM2(), cases);
}

class OwnTemplate : public ::testing::TestWithParam<std::string> {};

TEST_P(OwnTemplate, RendersAsTransformers) {
  const auto source = ReadFile(kFixtures + "templates/" + GetParam() + ".jinja");
  ASSERT_TRUE(source.ok()) << source.status();
  const TokenizerWithTemplate tokenizer(*source);
  ASSERT_TRUE(tokenizer.status().ok()) << tokenizer.status();
  const auto cases = CasesByTemplate()[GetParam()];
  ASSERT_GE(cases.size(), 6u);
  ExpectCases(*tokenizer, cases);
}

INSTANTIATE_TEST_SUITE_P(All, OwnTemplate,
                         ::testing::Values("1_dates_and_tools", "2_tool_calls", "3_thinking",
                                           "4_macros", "5_filters", "6_white_space", "7_loops",
                                           "8_python_values"));

TEST(ChatTemplate, ARenderedPromptEncodesItsSpecialTokens) {
  const auto text = SmolLM2().RenderChat({{"user", "Hi"}});
  const std::vector<int32_t> ids = *SmolLM2().Encode(*text);
  EXPECT_EQ(ids.front(), SmolLM2().TokenId("<|im_start|>"));
  EXPECT_EQ(std::count(ids.begin(), ids.end(), SmolLM2().TokenId("<|im_end|>")), 2);
}

TEST(ChatTemplate, SyntaxErrorNamesFileAndLine) {
  const TokenizerWithTemplate tokenizer("one\n{% if %}\n");
  EXPECT_EQ(tokenizer.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(tokenizer.status().message()),
              ::testing::AllOf(HasSubstr("chat_template.jinja"), HasSubstr("line 2")));
}

TEST(ChatTemplate, FailureWhileRenderingSaysWhyAndWhere) {
  const TokenizerWithTemplate tokenizer("\n{{ messages[0].no_such_key.content }}");
  const auto text = (*tokenizer).RenderChat({{"user", "Hi"}});
  EXPECT_EQ(text.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(text.status().message()),
              ::testing::AllOf(HasSubstr("no_such_key"), HasSubstr("line 2")));
}

TEST(ChatTemplate, OptionsThatAreNotJsonAreRefused) {
  ChatOptions options;
  options.tools_json = "{\"name\": 1}";
  EXPECT_EQ(SmolLM2().RenderChat({{"user", "Hi"}}, options).status().message(),
            "ChatOptions.tools_json must be a JSON list, got {\"name\": 1}");
  EXPECT_EQ(SmolLM2().RenderChat({{"user", "Hi", "[1"}}).status().message(),
            "ChatMessage.fields_json must be a JSON object, got [1");
}

TEST(ChatTemplate, MessageThatIsNotUtf8IsRefused) {
  EXPECT_EQ(SmolLM2().RenderChat({{"user", "\xC3"}}).status().message(),
            "a chat message is not valid UTF-8");
}

// The texts are those of Transformers 5.17.
TEST(ContinuedChat, EndsWhereTheLastMessageEnds) {
  const auto continued = [](const Tokenizer& tokenizer, const std::string& last) {
    return RenderContinuedChat(tokenizer, {{"user", "Hi", ""}, {"assistant", last, ""}},
                               {.add_generation_prompt = false});
  };
  EXPECT_THAT(*continued(SmolLM2(), " a  \n"),
              testing::EndsWith("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n a  \n"));
  const TokenizerWithTemplate trims(
      "{% for m in messages %}[{{ m['role'] }}]{{ m['content'] | trim }}<end>{% endfor %}");
  EXPECT_EQ(*continued(*trims, "Sure, the"), "[user]Hi<end>[assistant]Sure, the");
  EXPECT_EQ(*continued(*trims, "Sure, the "), "[user]Hi<end>[assistant]Sure, the");
  EXPECT_EQ(*continued(*trims, " a  \n"), "[user]Hi<end>[assistant]a");
  const TokenizerWithTemplate cuts(
      "{% for m in messages %}{{ m['content'].split('</think>')[-1] }};{% endfor %}");
  EXPECT_EQ(*continued(*cuts, "Sure, the "), "Hi;Sure, the ");
  EXPECT_THAT(std::string(continued(*cuts, "<think>x</think>b").status().message()),
              HasSubstr("does not show the last message"));
  const TokenizerWithTemplate hides("{% for m in messages %}{{ m['role'] }}{% endfor %}");
  EXPECT_THAT(std::string(continued(*hides, "a").status().message()),
              HasSubstr("does not show the last message"));
}

TEST(ContinuedChat, HasNoGenerationPrompt) {
  EXPECT_THAT(
      std::string(RenderContinuedChat(SmolLM2(), {{"user", "Hi", ""}}, {}).status().message()),
      HasSubstr("add_generation_prompt"));
  EXPECT_FALSE(RenderContinuedChat(SmolLM2(), {}, {.add_generation_prompt = false}).ok());
}

}  // namespace
}  // namespace hir
