#include "hir/openai/answer.h"

#include <cmath>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using nlohmann::json;
using rollout::v1::GenerateResponse;
using ::testing::EndsWith;

void AddToken(GenerateResponse& response, int32_t id, const std::string& text, float logprob) {
  response.add_token_ids(id);
  auto& scored = *response.add_scores();
  scored.mutable_token()->set_token_id(id);
  scored.mutable_token()->set_text(text);
  scored.mutable_token()->set_logprob(logprob);
  auto& likeliest = *scored.add_likeliest();
  likeliest.set_token_id(99);
  likeliest.set_text("z");
  likeliest.set_logprob(-0.25f);
}

// Two tokens and a prompt of nine.
GenerateResponse Done(uint32_t sample, const std::string& text, bool whole) {
  GenerateResponse response;
  response.set_sample(sample);
  response.set_done(true);
  response.set_text(text);
  AddToken(response, 1, "H", -0.5f);
  AddToken(response, 2, "\u00e9", -1.5f);
  response.set_text_tokens(2);
  response.set_prompt_tokens(9);
  response.set_finish_reason(whole ? common::v1::FINISH_REASON_STOP
                                   : common::v1::FINISH_REASON_LENGTH);
  return response;
}

CompletionAnswer AnswerTo(const CompletionRequest& request) {
  return CompletionAnswer(request, {.number = 5, .model = "tiny", .created = 6});
}

json ParseEvent(const std::string& event) {
  EXPECT_TRUE(event.starts_with("data: ") && event.ends_with("\n\n")) << event;
  return json::parse(event.substr(6));
}

TEST(ChatAnswer, HasAChoiceForEachResponseInOrder) {
  const CompletionRequest request{.generate = {}, .choices = 2};
  const json answer =
      json::parse(AnswerTo(request).Whole({Done(1, "b", false), Done(0, "a", true)}));
  EXPECT_EQ(answer["object"], "chat.completion");
  EXPECT_EQ(answer["id"], "chatcmpl-5");
  EXPECT_EQ(answer["choices"][0]["message"]["content"], "a");
  EXPECT_EQ(answer["choices"][0]["finish_reason"], "stop");
  EXPECT_TRUE(answer["choices"][0]["logprobs"].is_null());
  EXPECT_EQ(answer["choices"][1]["index"], 1);
  EXPECT_EQ(answer["choices"][1]["finish_reason"], "length");
  EXPECT_EQ(answer["usage"]["prompt_tokens"], 9);
  EXPECT_EQ(answer["usage"]["total_tokens"], 13);
  EXPECT_FALSE(answer.contains("prompt_token_ids"));
}

TEST(ChatAnswer, ShowsLogprobsOfTheTokensThatHaveText) {
  const CompletionRequest request{.generate = {}, .token_ids = true, .logprobs = true};
  GenerateResponse response = Done(0, "H", true);
  response.set_text_tokens(1);  // A stop string begins with the second one.
  response.mutable_scores(0)->mutable_likeliest(0)->set_logprob(-INFINITY);
  response.mutable_prompt()->add_token_ids(7);
  const json answer = json::parse(AnswerTo(request).Whole({response}));
  const json& choice = answer["choices"][0];
  ASSERT_EQ(choice["logprobs"]["content"].size(), 1u);
  const json& token = choice["logprobs"]["content"][0];
  EXPECT_EQ(token["token"], "H");
  EXPECT_EQ(token["logprob"], -0.5);
  EXPECT_EQ(token["bytes"], json({72}));
  EXPECT_EQ(token["top_logprobs"][0]["token"], "z");
  EXPECT_EQ(token["top_logprobs"][0]["logprob"], -9999.0);
  EXPECT_EQ(choice["token_ids"], json({1, 2}));
  EXPECT_EQ(answer["prompt_token_ids"], json({7}));
}

TEST(ChatAnswer, IsStreamedAsPiecesWithTheirTokens) {
  const CompletionRequest request{
      .generate = {}, .token_ids = true, .logprobs = true, .include_usage = true};
  CompletionAnswer answer = AnswerTo(request);
  GenerateResponse piece;
  piece.set_delta("H");
  AddToken(piece, 1, "H", -0.5f);
  const json first = ParseEvent(answer.Event(piece));
  EXPECT_EQ(first["object"], "chat.completion.chunk");
  EXPECT_EQ(first["choices"][0]["delta"], json({{"role", "assistant"}, {"content", "H"}}));
  EXPECT_EQ(first["choices"][0]["token_ids"], json::array({1}));
  EXPECT_TRUE(first["choices"][0]["finish_reason"].is_null());
  EXPECT_TRUE(first["usage"].is_null());
  piece.set_sample(2);
  EXPECT_EQ(ParseEvent(answer.Event(piece))["choices"][0]["index"], 2);
  GenerateResponse done = Done(0, "H\u00e9", true);
  done.mutable_prompt()->add_token_ids(7);
  const json last = ParseEvent(answer.Event(done));
  EXPECT_EQ(last["choices"][0]["delta"], json::object());
  EXPECT_EQ(last["choices"][0]["finish_reason"], "stop");
  EXPECT_EQ(last["choices"][0]["token_ids"], json({2}));
  EXPECT_EQ(last["prompt_token_ids"], json({7}));
  ASSERT_EQ(last["choices"][0]["logprobs"]["content"].size(), 1u);
  EXPECT_EQ(last["choices"][0]["logprobs"]["content"][0]["token"], "\u00e9");
  const std::string end = answer.LastEvents();
  EXPECT_THAT(end, EndsWith("\n\ndata: [DONE]\n\n"));
  const json usage = ParseEvent(end.substr(0, end.find("\n\n") + 2));
  EXPECT_TRUE(usage["choices"].empty());
  EXPECT_EQ(usage["usage"]["completion_tokens"], 2);
}

TEST(ChatAnswer, OfNoTextStillSaysWhoAnswers) {
  const CompletionRequest request{.generate = {}};
  CompletionAnswer answer = AnswerTo(request);
  const json only = ParseEvent(answer.Event(Done(0, "", true)));
  EXPECT_EQ(only["choices"][0]["delta"]["role"], "assistant");
  EXPECT_EQ(answer.LastEvents(), "data: [DONE]\n\n");
}

TEST(CompletionsAnswer, NumbersTheChoicesOfSeveralPrompts) {
  const CompletionRequest request{
      .interface = OpenAiInterface::kCompletions, .generate = {}, .choices = 2};
  GenerateResponse second = Done(1, "b", true);
  second.set_key(1);
  const json answer = json::parse(AnswerTo(request).Whole({second, Done(0, "a", true)}));
  EXPECT_EQ(answer["object"], "text_completion");
  EXPECT_EQ(answer["choices"][0]["text"], "a");
  EXPECT_EQ(answer["choices"][1]["index"], 3);
  EXPECT_EQ(answer["usage"]["prompt_tokens"], 18);
}

TEST(CompletionsAnswer, OffsetsOfTokensGoOnFromEventToEvent) {
  const CompletionRequest request{
      .interface = OpenAiInterface::kCompletions, .generate = {}, .choices = 2, .logprobs = true};
  CompletionAnswer answer = AnswerTo(request);
  GenerateResponse piece;
  AddToken(piece, 1, "H", -0.5f);
  const auto offsets = [](const json& event) {
    return event["choices"][0]["logprobs"]["text_offset"];
  };
  EXPECT_EQ(offsets(ParseEvent(answer.Event(piece))), json::array({0}));
  GenerateResponse other = piece;
  other.set_sample(1);
  EXPECT_EQ(offsets(ParseEvent(answer.Event(other))), json::array({0}));
  EXPECT_EQ(offsets(ParseEvent(answer.Event(Done(0, "H\u00e9", true)))), json::array({1}));
}

TEST(CompletionsAnswer, EchoesAndScoresThePrompt) {
  const CompletionRequest request{.interface = OpenAiInterface::kCompletions,
                                  .generate = {},
                                  .echo = true,
                                  .token_ids = true,
                                  .logprobs = true};
  GenerateResponse response = Done(0, "H\u00e9", true), prompt;
  AddToken(prompt, 7, "Say ", 0);
  AddToken(prompt, 8, "z", -3);
  response.mutable_prompt()->set_text("Say z");
  *response.mutable_prompt()->mutable_token_ids() = prompt.token_ids();
  *response.mutable_prompt()->mutable_scores() = prompt.scores();
  const json answer = json::parse(AnswerTo(request).Whole({response}));
  const json& choice = answer["choices"][0];
  EXPECT_EQ(choice["text"], "Say zH\u00e9");
  EXPECT_EQ(choice["prompt_token_ids"], json({7, 8}));
  const json& logprobs = choice["logprobs"];
  EXPECT_EQ(logprobs["tokens"], json({"Say ", "z", "H", "\u00e9"}));
  EXPECT_EQ(logprobs["text_offset"], json({0, 4, 5, 6}));
  EXPECT_EQ(logprobs["token_logprobs"], json({nullptr, -3.0, -0.5, -1.5}));
  EXPECT_TRUE(logprobs["top_logprobs"][0].is_null());
  EXPECT_EQ(logprobs["top_logprobs"][1], json({{"z", -0.25}}));
  EXPECT_EQ(logprobs["top_logprobs"][2], json({{"z", -0.25}, {"H", -0.5}}));
}

}  // namespace
}  // namespace hir
