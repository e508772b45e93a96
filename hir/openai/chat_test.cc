#include "hir/openai/chat.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/openai/error.h"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint64_t kSeed = 99;

absl::StatusOr<CompletionRequest> Parse(const std::string& body) {
  return ParseChatRequest(body, {.model = "tiny", .seed = kSeed});
}

// A body with one message and the further members `more`.
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
  EXPECT_EQ(chat->generate.sampling().seed(), kSeed);
  EXPECT_EQ(chat->generate.sampling().max_response_tokens(), 5);
  EXPECT_EQ(chat->generate.sampling().temperature(), 0.5);
  EXPECT_EQ(chat->generate.sampling().top_p(), 0.9);
  EXPECT_EQ(chat->generate.sampling().top_k(), 4);
  EXPECT_FALSE(chat->generate.stream_text());
  EXPECT_FALSE(prompt.chat().no_generation_prompt());
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

TEST(ChatRequest, SaysWhatEndsAResponse) {
  const auto chat = Parse(Body(R"("stop": ["\n\n", "END"], "stop_token_ids": [3, 4],
      "ignore_eos": true, "min_tokens": 7)"));
  ASSERT_TRUE(chat.ok()) << chat.status();
  const auto& stop = chat->generate.stop();
  EXPECT_THAT(stop.texts(), ElementsAre("\n\n", "END"));
  EXPECT_THAT(stop.token_ids(), ElementsAre(3, 4));
  EXPECT_TRUE(stop.ignore_eos());
  EXPECT_EQ(stop.min_tokens(), 7u);
  EXPECT_THAT(Parse(Body(R"("stop": ".")"))->generate.stop().texts(), ElementsAre("."));
}

TEST(ChatRequest, HandsOnWhatTheTemplateTakes) {
  const auto chat = Parse(R"({"messages": [{"role": "user", "content": "Hi", "name": "Ann"},
      {"role": "assistant", "content": "Sure", "reasoning_content": "hm", "refusal": null}],
      "chat_template_kwargs": {"enable_thinking": false}, "add_generation_prompt": false,
      "continue_final_message": true})");
  ASSERT_TRUE(chat.ok()) << chat.status();
  const auto& prompt = chat->generate.prompts(0);
  EXPECT_EQ(json::parse(prompt.messages(0).fields_json()), json({{"name", "Ann"}}));
  EXPECT_EQ(json::parse(prompt.messages(1).fields_json()), json({{"reasoning_content", "hm"}}));
  EXPECT_EQ(json::parse(prompt.chat().variables_json()), json({{"enable_thinking", false}}));
  EXPECT_TRUE(prompt.chat().no_generation_prompt());
  EXPECT_TRUE(prompt.chat().continue_final_message());
}

TEST(ChatRequest, VariablesOfTheTemplateKeepTheirOrderWhichTheTemplateMayPrint) {
  const auto chat =
      Parse(Body(R"("chat_template_kwargs": {"facts": {"z": 1, "a": [{"y": 2, "b": 3}]}})"));
  ASSERT_TRUE(chat.ok()) << chat.status();
  EXPECT_EQ(chat->generate.prompts(0).chat().variables_json(),
            R"({"facts":{"z":1,"a":[{"y":2,"b":3}]}})");
}

TEST(ChatRequest, AsksForScoresAndTokenIds) {
  const auto chat = Parse(Body(R"("logprobs": true, "top_logprobs": 2, "return_token_ids": true,
      "stream": true, "stream_options": {"include_usage": true})"));
  ASSERT_TRUE(chat.ok()) << chat.status();
  EXPECT_TRUE(chat->logprobs && chat->token_ids && chat->include_usage);
  EXPECT_TRUE(chat->generate.score().response());
  EXPECT_FALSE(chat->generate.score().prompt());
  EXPECT_EQ(chat->generate.score().top_logprobs(), 2u);
  EXPECT_TRUE(chat->generate.echo_prompt());
  EXPECT_TRUE(chat->generate.stream_text());
}

TEST(ChatRequest, MayAskForNothingOfWhatIsNotSupported) {
  const auto chat = Parse(Body(R"("stop": null, "logprobs": false, "tools": [], "stream": true,
      "tool_choice": "none", "response_format": {"type": "text"}, "repetition_penalty": 1.0,
      "presence_penalty": 0.0, "logit_bias": {}, "guided_json": null, "bad_words": [], "best_of": 1,
      "skip_special_tokens": true, "top_k": -1, "store": false, "metadata": {"a": "b"},
      "service_tier": "auto", "stream_options": null)"));
  ASSERT_TRUE(chat.ok()) << chat.status();
  EXPECT_TRUE(chat->generate.stream_text());
}

TEST(ChatRequest, WhatWouldChangeTheAnswerAndIsNotPossibleIsRefusedByName) {
  const std::pair<const char*, const char*> impossible[] = {
      {"tools", R"([{"type": "function"}])"},
      {"tool_choice", R"("auto")"},
      {"functions", R"([{"name": "f"}])"},
      {"response_format", R"({"type": "json_object"})"},
      {"guided_json", R"({"type": "object"})"},
      {"guided_choice", R"(["a", "b"])"},
      {"guided_regex", R"("a*")"},
      {"structured_outputs", R"({"json": {}})"},
      {"bad_words", R"(["no"])"},
      {"allowed_token_ids", "[1]"},
      {"logit_bias", R"({"5": -100})"},
      {"presence_penalty", "0.5"},
      {"frequency_penalty", "-0.5"},
      {"repetition_penalty", "1.1"},
      {"min_p", "0.1"},
      {"best_of", "2"},
      {"echo", "true"},
      {"skip_special_tokens", "false"},
      {"include_stop_str_in_output", "true"},
      {"prompt_logprobs", "0"},
      {"reasoning_effort", R"("low")"},
      {"chat_template", R"("{{ 1 }}")"},
      {"truncate_prompt_tokens", "5"},
      {"use_beam_search", "true"},
      {"modalities", R"(["text", "audio"])"}};
  for (const auto& [name, value] : impossible) {
    const std::string field = absl::StrCat("\"", name, "\": ", value);
    const absl::Status status = Parse(Body(field)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << field;
    EXPECT_EQ(status.message(), absl::StrCat(name, " is not supported; leave it out"));
    EXPECT_EQ(json::parse(ErrorJson(status))["error"]["param"], name);
  }
}

TEST(ChatRequest, SpecialTokensAreAsTheTemplateWritesThem) {
  EXPECT_TRUE(Parse(Body(R"("add_special_tokens": false)")).ok());
  EXPECT_TRUE(Parse(Body(R"("add_special_tokens": null)")).ok());
  EXPECT_EQ(Parse(Body(R"("add_special_tokens": true)")).status().message(),
            "add_special_tokens is not supported; leave it out");
}

TEST(ChatRequest, AnUnknownFieldIsRefusedWithTheNearestKnownOne) {
  EXPECT_EQ(Parse(Body(R"("temprature": 0.5)")).status().message(),
            "the field temprature is not known here. Did you mean \"temperature\"?");
  EXPECT_THAT(std::string(Parse(Body(R"("prompt": "x")")).status().message()),
              HasSubstr("the field prompt is not known here"));
  EXPECT_FALSE(Parse(Body(R"("xyz": null)")).ok());
}

TEST(ChatRequest, IsRefusedByTheNameOfWhatIsWrong) {
  const std::pair<std::string, const char*> wrong[] = {
      {"[1]", "not a JSON object"},
      {"{", "not a JSON object"},
      {"{}", "messages"},
      {R"({"messages": []})", "messages"},
      {R"({"messages": ["Hi"]})", "role"},
      {R"({"messages": [{"role": "user", "content": 3}]})", "content"},
      {R"({"messages": [{"role": "user", "content": [{"type": "image_url", "text": "x"}]}]})",
       "content.type is \"image_url\""},
      {R"({"messages": [{"role": "tool", "content": "x"}]})", "role is \"tool\""},
      {R"({"messages": [{"role": "assistant", "content": "x", "tool_calls": [{"id": "1"}]}]})",
       "tool_calls"},
      {R"({"model": )" + std::string(100'000, '[') + std::string(100'000, ']') + "}",
       "nested more than 64 deep"},
      {Body(R"("model": ["tiny"])"), "model is array"},
      {Body(R"("n": 0)"), "n is 0"},
      {Body(R"("n": 1e3)"), "n is 1000"},
      {Body(R"("max_tokens": 1.5)"), "max_tokens is 1.5"},
      {Body(R"("max_completion_tokens": 0)"), "max_completion_tokens is 0"},
      {Body(R"("temperature": -1)"), "temperature is -1"},
      {Body(R"("temperature": "0")"), "temperature is \"0\""},
      {Body(R"("top_p": 0)"), "top_p is 0"},
      {Body(R"("top_k": -2)"), "top_k is -2"},
      {Body(R"("seed": "x")"), "seed"},
      {Body(R"("stream": 1)"), "stream is 1"},
      {Body(R"("stream_options": {"include_usage": true})"), "stream_options is object"},
      {Body(R"("stream": true, "stream_options": {"include_obfuscation": true})"),
       "stream_options.include_obfuscation is not supported"},
      {Body(R"("stop": 3)"), "stop is 3"},
      {Body(R"("stop": ["a", 3])"), "stop is 3"},
      {Body(R"("stop_token_ids": 3)"), "stop_token_ids is 3"},
      {Body(R"("stop_token_ids": [-1])"), "stop_token_ids is -1"},
      {Body(R"("stop_token_ids": [99999999999])"), "stop_token_ids is 99999999999"},
      {Body(R"("ignore_eos": "yes")"), "ignore_eos is \"yes\""},
      {Body(R"("min_tokens": -1)"), "min_tokens is -1"},
      {Body(R"("logprobs": 5)"), "logprobs is 5"},
      {Body(R"("top_logprobs": 5)"), "top_logprobs needs logprobs"},
      {Body(R"("return_token_ids": 1)"), "return_token_ids is 1"},
      {Body(R"("chat_template_kwargs": [])"), "must be a JSON object"},
      {Body(R"("chat_template_kwargs": {"messages": []})"), "messages"},
      {Body(R"("chat_template_kwargs": {"n": 99999999999999999999})"),
       "the whole number 99999999999999999999"},
      {Body(R"("continue_final_message": true)"), "needs add_generation_prompt false"}};
  for (const auto& [body, message] : wrong) {
    const auto chat = Parse(body);
    EXPECT_EQ(chat.status().code(), absl::StatusCode::kInvalidArgument) << body.substr(0, 200);
    EXPECT_THAT(std::string(chat.status().message()), HasSubstr(message)) << body.substr(0, 200);
  }
  EXPECT_EQ(Parse(Body(R"("model": "gpt")")).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace hir
