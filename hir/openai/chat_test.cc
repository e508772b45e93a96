#include "hir/openai/chat.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr uint64_t kKey = 7, kSeed = 99;

absl::StatusOr<ChatRequest> Parse(const std::string& body) {
  return ParseChatRequest(body, "tiny", kKey, kSeed);
}

// With a message and `more` members.
std::string Body(const std::string& more = "") {
  return R"({"messages": [{"role": "user", "content": "Hi"}])" + (more.empty() ? "" : ", " + more) +
         "}";
}

TEST(ChatRequest, BecomesACallOfGenerate) {
  const auto chat = Parse(R"({"model": "tiny", "messages": [{"role": "system", "content": "Be"},
      {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}],
      "max_tokens": 5, "temperature": 0.5, "top_p": 0.9, "top_k": 4, "n": 3, "user": "me"})");
  ASSERT_TRUE(chat.ok()) << chat.status();
  const auto& prompt = chat->generate.prompts(0);
  EXPECT_EQ(prompt.messages(0).role(), "system");
  EXPECT_EQ(prompt.messages(1).content(), "ab");
  EXPECT_EQ(prompt.responses(), 3u);
  EXPECT_EQ(prompt.key(), kKey);
  EXPECT_EQ(chat->generate.sampling().seed(), kSeed);
  EXPECT_EQ(chat->generate.sampling().max_response_tokens(), 5);
  EXPECT_EQ(chat->generate.sampling().temperature(), 0.5);
  EXPECT_EQ(chat->generate.sampling().top_p(), 0.9);
  EXPECT_EQ(chat->generate.sampling().top_k(), 4);
  EXPECT_FALSE(chat->generate.stream_text());
}

TEST(ChatRequest, WithASeedDependsOnNothingElse) {
  const auto chat = Parse(Body(R"("seed": 5)"));
  ASSERT_TRUE(chat.ok()) << chat.status();
  EXPECT_EQ(chat->generate.prompts(0).key(), 0u);
  EXPECT_EQ(chat->generate.sampling().seed(), 5u);
}

TEST(ChatRequest, TakesTheNewerNameOfTheLimit) {
  EXPECT_EQ(Parse(Body(R"("max_tokens": 5, "max_completion_tokens": 6)"))
                ->generate.sampling()
                .max_response_tokens(),
            6);
}

TEST(ChatRequest, MayAskForNothingOfWhatIsNotSupported) {
  const auto chat = Parse(Body(R"("stop": null, "logprobs": false, "tools": [], "stream": true,
      "tool_choice": "none", "response_format": {"type": "text"}, "repetition_penalty": 1)"));
  ASSERT_TRUE(chat.ok()) << chat.status();
  EXPECT_TRUE(chat->generate.stream_text());
}

TEST(ChatRequest, IsRefusedByTheNameOfWhatIsWrong) {
  const std::pair<std::string, const char*> wrong[] = {
      {"[1]", "no JSON object"},
      {"{", "no JSON object"},
      {"{}", "messages"},
      {R"({"messages": []})", "messages"},
      {R"({"messages": ["Hi"]})", "role"},
      {R"({"messages": [{"role": "user", "content": 3}]})", "content"},
      {R"({"messages": [{"role": "tool", "content": "x"}]})", "role is \"tool\""},
      {R"({"model": )" + std::string(100'000, '[') + std::string(100'000, ']') + "}", "model is array"},
      {Body(R"("n": 0)"), "n is 0"},
      {Body(R"("max_tokens": 1.5)"), "max_tokens is 1.5"},
      {Body(R"("temperature": -1)"), "temperature is -1"},
      {Body(R"("top_p": 0)"), "top_p is 0"},
      {Body(R"("seed": "x")"), "seed"},
      {Body(R"("stream": 1)"), "stream is 1"},
      {Body(R"("stop": ["."])"), "stop is not supported"},
      {Body(R"("logprobs": true)"), "logprobs is not supported"},
      {Body(R"("presence_penalty": 0.5)"), "presence_penalty is not supported"}};
  for (const auto& [body, message] : wrong) {
    const auto chat = Parse(body);
    EXPECT_EQ(chat.status().code(), absl::StatusCode::kInvalidArgument) << body;
    EXPECT_THAT(std::string(chat.status().message()), HasSubstr(message)) << body;
  }
  EXPECT_EQ(Parse(Body(R"("model": "gpt")")).status().code(), absl::StatusCode::kNotFound);
}

rollout::v1::GenerateResponse Done(uint32_t sample, const std::string& text, bool whole) {
  rollout::v1::GenerateResponse response;
  response.set_sample(sample);
  response.set_done(true);
  response.set_text(text);
  response.add_token_ids(1);
  response.add_token_ids(2);
  response.set_prompt_tokens(9);
  response.set_finish_reason(whole ? common::v1::FINISH_REASON_STOP
                                   : common::v1::FINISH_REASON_LENGTH);
  return response;
}

TEST(Completion, HasAChoiceForEachResponse) {
  const json answer =
      json::parse(CompletionJson({"id", "tiny", 5}, {Done(0, "a", true), Done(1, "b", false)}));
  EXPECT_EQ(answer["object"], "chat.completion");
  EXPECT_EQ(answer["choices"][0]["message"]["content"], "a");
  EXPECT_EQ(answer["choices"][0]["finish_reason"], "stop");
  EXPECT_EQ(answer["choices"][1]["index"], 1);
  EXPECT_EQ(answer["choices"][1]["finish_reason"], "length");
  EXPECT_EQ(answer["usage"]["total_tokens"], 13);
}

TEST(Completion, IsStreamedAsPieces) {
  rollout::v1::GenerateResponse piece;
  piece.set_sample(2);
  piece.set_delta("He");
  const std::string event = CompletionEvent({"id", "tiny", 5}, piece);
  ASSERT_TRUE(event.starts_with("data: ") && event.ends_with("\n\n"));
  const json chunk = json::parse(event.substr(6));
  EXPECT_EQ(chunk["choices"][0]["delta"]["content"], "He");
  EXPECT_EQ(chunk["choices"][0]["index"], 2);
  EXPECT_TRUE(chunk["choices"][0]["finish_reason"].is_null());
  const json last = json::parse(CompletionEvent({"id", "tiny", 5}, Done(0, "x", true)).substr(6));
  EXPECT_EQ(last["choices"][0]["finish_reason"], "stop");
}

}  // namespace
}  // namespace hir
