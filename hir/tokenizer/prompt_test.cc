#include "hir/tokenizer/prompt.h"

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/tokenizer/tokenizer.h"

namespace hir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// The tiny tokenizer, without a chat template like a base model (empty `chat_template`) or with
// one.
std::unique_ptr<Tokenizer> Tiny(const std::string& chat_template) {
  const std::string folder = ::testing::TempDir() + "/prompt_test_" + std::to_string(getpid());
  std::filesystem::create_directories(folder);
  std::filesystem::copy_file(
      std::string(HIR_SOURCE_DIR) + "/tests/fixtures/tiny_tokenizer/tokenizer.json",
      folder + "/tokenizer.json", std::filesystem::copy_options::overwrite_existing);
  if (!chat_template.empty()) {
    EXPECT_TRUE(WriteFileAtomically(folder + "/chat_template.jinja", chat_template).ok());
  }
  auto tokenizer = Tokenizer::Load(folder);
  EXPECT_TRUE(tokenizer.ok()) << tokenizer.status();
  std::filesystem::remove_all(folder);
  return *std::move(tokenizer);
}

std::string Decoded(const Tokenizer& tokenizer, const absl::StatusOr<std::vector<int32_t>>& ids) {
  return ids.ok() ? tokenizer.Decode(*ids, false) : std::string(ids.status().message());
}

TEST(EncodePrompt, ABaseModelGetsThePlainText) {
  const auto tokenizer = Tiny("");
  EXPECT_EQ(Decoded(*tokenizer, EncodePrompt(*tokenizer, InstructionMessages("", "Say it."), "")),
            "Say it.");
  EXPECT_EQ(Decoded(*tokenizer,
                    EncodePrompt(*tokenizer, InstructionMessages("Be kind.", "Say it."), "{}")),
            "Be kind.\n\nSay it.");
}

TEST(EncodePrompt, ABaseModelTakesNoConversationAndNoVariables) {
  const auto tokenizer = Tiny("");
  const std::vector<ChatMessage> talk = {{"user", "a"}, {"assistant", "b"}, {"user", "c"}};
  EXPECT_THAT(Decoded(*tokenizer, EncodePrompt(*tokenizer, talk, "")),
              HasSubstr("the model folder has no chat template"));
  EXPECT_THAT(Decoded(*tokenizer, EncodePrompt(*tokenizer, {{"assistant", "b"}}, "")),
              HasSubstr("the model folder has no chat template"));
  EXPECT_EQ(Decoded(*tokenizer, EncodePrompt(*tokenizer, {{"user", "b"}}, R"({"a": 1})")),
            R"(chat_template_kwargs is {"a":1}, but the model folder has no chat template)");
}

TEST(EncodePrompt, VariablesReachTheChatTemplate) {
  const auto tokenizer = Tiny("{{ messages[0].content }}{{ thinking }}{{ depth.of }}");
  EXPECT_EQ(Decoded(*tokenizer, EncodePrompt(*tokenizer, {{"user", "a"}},
                                             R"({"thinking": false, "depth": {"of": 2.5}})")),
            "aFalse2.5");
  EXPECT_THAT(Decoded(*tokenizer, EncodePrompt(*tokenizer, {{"user", "a"}}, R"({"messages": []})")),
              HasSubstr("chat_template_kwargs has \"messages\""));
}

TEST(EncodePrompt, APromptIsMeasuredBeforeItIsTokenised) {
  const std::string longest(kMaxTextBytes, 'a');
  for (const char* source : {"", "{{ messages[0].content }}"}) {
    const auto tokenizer = Tiny(source);
    EXPECT_EQ(Decoded(*tokenizer, EncodePrompt(*tokenizer, {{"user", longest + "a"}}, "")),
              "the text has 4194305 bytes, but at most 4194304 are made into tokens; shorten it");
    EXPECT_EQ(EncodePrompt(*tokenizer, {{"user", longest}}, "")->size(), kMaxTextBytes);
  }
  // The limit also applies to what a template renders from a short text.
  const auto tokenizer = Tiny("{% for i in range(100) %}{{ messages[0].content }}{% endfor %}");
  EXPECT_THAT(
      Decoded(*tokenizer, EncodePrompt(*tokenizer, {{"user", longest.substr(0, 100000)}}, "")),
      AllOf(HasSubstr("10000000 bytes"), HasSubstr("4194304")));
}

}  // namespace
}  // namespace hir
