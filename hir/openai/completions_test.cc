#include "hir/openai/completions.h"

#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::StatusOr<CompletionRequest> Parse(const std::string& body) {
  return ParseCompletionsRequest(body, {.model = "tiny", .seed = 99});
}

TEST(CompletionsRequest, TakesAPromptInEveryForm) {
  const auto text = Parse(R"({"prompt": "Once", "n": 2})");
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(text->generate.prompts(0).text(), "Once");
  EXPECT_EQ(text->generate.prompts(0).responses(), 2u);
  EXPECT_EQ(text->generate.sampling().max_response_tokens(), 16);
  const auto texts = Parse(R"({"prompt": ["a", "b"]})");
  ASSERT_TRUE(texts.ok()) << texts.status();
  EXPECT_EQ(texts->generate.prompts(1).text(), "b");
  EXPECT_EQ(texts->generate.prompts(1).key(), 1u);
  const auto ids = Parse(R"({"prompt": [5, 6]})");
  ASSERT_TRUE(ids.ok()) << ids.status();
  EXPECT_THAT(ids->generate.prompts(0).token_ids(), ElementsAre(5, 6));
  const auto lists = Parse(R"({"prompt": [[5], [6, 7]]})");
  ASSERT_TRUE(lists.ok()) << lists.status();
  EXPECT_THAT(lists->generate.prompts(1).token_ids(), ElementsAre(6, 7));
}

TEST(CompletionsRequest, SpecialTokensAreAsTheTokenizerPutsThem) {
  EXPECT_TRUE(Parse(R"({"prompt": "a", "add_special_tokens": true})").ok());
  EXPECT_EQ(Parse(R"({"prompt": "a", "add_special_tokens": false})").status().message(),
            "add_special_tokens is not supported; leave it out");
}

TEST(CompletionsRequest, MayEchoAndScoreItsPrompt) {
  const auto request = Parse(R"({"prompt": [5, 6], "echo": true, "logprobs": 1, "max_tokens": 1})");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_TRUE(request->echo && request->logprobs);
  EXPECT_TRUE(request->generate.score().response() && request->generate.score().prompt());
  EXPECT_EQ(request->generate.score().top_logprobs(), 1u);
  EXPECT_TRUE(request->generate.echo_prompt());
  const auto scored = Parse(R"({"prompt": "a", "logprobs": 0})");
  ASSERT_TRUE(scored.ok()) << scored.status();
  EXPECT_TRUE(scored->generate.score().response());
  EXPECT_FALSE(scored->generate.score().prompt() || scored->generate.echo_prompt());
}

TEST(CompletionsRequest, IsRefusedByTheNameOfWhatIsWrong) {
  const std::pair<const char*, const char*> wrong[] = {
      {"{}", "prompt is null"},
      {R"({"prompt": ""})", "prompt is \"\""},
      {R"({"prompt": []})", "prompt is array"},
      {R"({"prompt": [[]]})", "prompt is array"},
      {R"({"prompt": ["a", ""]})", "prompt is array"},
      {R"({"prompt": [1, -1]})", "prompt is array"},
      {R"({"prompt": [1.5]})", "prompt is array"},
      {R"({"prompt": {"a": 1}})", "prompt is object"},
      {R"({"prompt": "a", "suffix": "b"})", "suffix is not supported"},
      {R"({"prompt": "a", "logprobs": true})", "logprobs is true"},
      {R"({"prompt": "a", "echo": true, "stream": true})", "echo can't be streamed"},
      {R"({"prompt": "a", "messages": []})", "messages is not known"}};
  for (const auto& [body, message] : wrong) {
    const absl::Status status = Parse(body).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << body;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message)) << body;
  }
  std::string many = R"({"n": 128, "prompt": ["a")";
  for (int i = 0; i < 16; ++i) many += R"(, "a")";
  EXPECT_THAT(std::string(Parse(many + "]}").status().message()), HasSubstr("17 x 128 responses"));
}

}  // namespace
}  // namespace hir
