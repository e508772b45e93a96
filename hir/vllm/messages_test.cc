#include "hir/vllm/messages.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/vllm/likeliest.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

GenerationRequest Request() {
  GenerationRequest request;
  request.prompt = {5, 6};
  request.samples = {3, 4, 7};
  request.settings = {.temperature = 1.0, .top_p = 0.5, .max_response_tokens = 9, .seed = 77};
  request.stop_tokens = {2};
  return request;
}

TEST(GenerateBody, AsksForAllSamplesWithTheSettingsAndWithoutASeed) {
  const json body = json::parse(GenerateBody(VllmApi::kTokens, "m", Request(), /*max_tokens=*/8));
  EXPECT_EQ(body.at("model"), "m");
  EXPECT_EQ(body.at("token_ids"), json({5, 6}));
  EXPECT_EQ(body.at("stream"), true);
  const json& sampling = body.at("sampling_params");
  EXPECT_EQ(sampling.at("n"), 3);
  EXPECT_EQ(sampling.at("max_tokens"), 8);
  EXPECT_EQ(sampling.at("min_tokens"), 0);
  EXPECT_EQ(sampling.at("temperature"), 1.0);
  EXPECT_EQ(sampling.at("top_p"), 0.5);
  EXPECT_EQ(sampling.at("top_k"), 0);
  EXPECT_EQ(sampling.at("stop_token_ids"), json({2}));
  EXPECT_EQ(sampling.at("ignore_eos"), true);
  EXPECT_EQ(sampling.at("logprobs"), 0);
  EXPECT_EQ(sampling.at("detokenize"), false);
  EXPECT_FALSE(sampling.contains("seed"));
}

TEST(GenerateBody, HasTheSameSettingsForCompletions) {
  const json tokens = json::parse(GenerateBody(VllmApi::kTokens, "m", Request(), 8));
  const json body = json::parse(GenerateBody(VllmApi::kCompletions, "m", Request(), 8));
  EXPECT_EQ(body.at("prompt"), json({5, 6}));
  EXPECT_EQ(body.at("return_token_ids"), true);
  for (const auto& [name, value] : tokens.at("sampling_params").items()) {
    if (name == "detokenize") continue;
    EXPECT_EQ(body.at(name), value) << name;
  }
}

TEST(GenerateBody, AsksForTheLikeliestTokensAsEachInterfaceCountsThem) {
  GenerationRequest request = Request();
  request.settings.top_logprobs = 3;
  request.settings.min_tokens = 9;
  const json tokens = json::parse(GenerateBody(VllmApi::kTokens, "m", request, 8));
  EXPECT_EQ(tokens.at("sampling_params").at("logprobs"), 4);
  // At most max_tokens, above which a server refuses the request.
  EXPECT_EQ(tokens.at("sampling_params").at("min_tokens"), 8);
  const json completions = json::parse(GenerateBody(VllmApi::kCompletions, "m", request, 8));
  EXPECT_EQ(completions.at("logprobs"), 3);
  EXPECT_EQ(completions.at("return_tokens_as_token_ids"), true);
}

TEST(ReadEvent, TakesPiecesOfBothInterfaces) {
  const auto tokens = ReadEvent(VllmApi::kTokens, R"({"choices": [{"index": 1, "token_ids": [4, 5],
      "logprobs": {"content": [{"token_id": 4, "logprob": -0.5, "rank": 1},
                               {"token_id": 5, "logprob": -1}]},
      "finish_reason": "stop", "weight_versions": [{"version": "1.2", "start": 0, "end": 7}]}]})");
  const auto completions = ReadEvent(VllmApi::kCompletions, R"({"choices": [{"index": 1, "text": "",
      "token_ids": [4, 5], "logprobs": {"token_logprobs": [-0.5, -1]},
      "finish_reason": "stop"}]})");
  for (const auto& pieces : {tokens, completions}) {
    ASSERT_TRUE(pieces.ok()) << pieces.status();
    ASSERT_EQ(pieces->size(), 1u);
    EXPECT_EQ((*pieces)[0].choice, 1);
    EXPECT_THAT((*pieces)[0].tokens, ElementsAre(4, 5));
    EXPECT_THAT((*pieces)[0].log_probabilities, ElementsAre(-0.5, -1));
    EXPECT_EQ((*pieces)[0].finish_reason, "stop");
  }
  ASSERT_EQ((*tokens)[0].spans.size(), 1u);
  EXPECT_EQ((*tokens)[0].spans[0].version, "1.2");
  EXPECT_EQ((*tokens)[0].spans[0].end, 7);
}

TEST(ReadEvent, TakesTheCandidatesOfBothInterfaces) {
  const auto tokens = ReadEvent(VllmApi::kTokens, R"({"choices": [{"index": 0, "token_ids": [4],
      "logprobs": {"content": [{"token_id": 4, "logprob": -3, "top_logprobs": [
          {"token_id": 4, "logprob": -3, "rank": 5}, {"token_id": 9, "logprob": -0.5}]}]}}]})");
  const auto completions = ReadEvent(VllmApi::kCompletions, R"({"choices": [{"index": 0,
      "token_ids": [4], "logprobs": {"token_logprobs": [-3],
          "top_logprobs": [{"token_id:4": -3, "token_id:9": -0.5}]}}]})");
  for (const auto& pieces : {tokens, completions}) {
    ASSERT_TRUE(pieces.ok()) << pieces.status();
    ASSERT_EQ((*pieces)[0].candidates.size(), 1u);
    const std::vector<TokenLogprob> likeliest = Likeliest((*pieces)[0].candidates[0], 2);
    ASSERT_EQ(likeliest.size(), 2u);
    EXPECT_EQ(likeliest[0].token, 9);
    EXPECT_EQ(likeliest[0].log_probability, -0.5f);
    EXPECT_EQ(likeliest[1].token, 4);
  }
}

TEST(ReadEvent, TakesAnEndWithoutTokensAndAnEventWithoutChoices) {
  const auto end = ReadEvent(VllmApi::kTokens, R"({"choices": [{"index": 0, "token_ids": [],
      "logprobs": null, "finish_reason": "length"}]})");
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ((*end)[0].finish_reason, "length");
  EXPECT_TRUE(ReadEvent(VllmApi::kTokens, R"({"choices": [], "usage": {}})")->empty());
}

TEST(ReadEvent, RefusesWhatIsNotAPiece) {
  for (const char* event :
       {"<html>", "[]", "{}", R"({"choices": 3})", R"({"choices": [3]})",
        R"({"choices": [{"index": "0"}]})", R"({"choices": [{"index": 0, "token_ids": ["a"]}]})",
        R"({"choices": [{"index": 0, "token_ids": [1.5]}]})",
        R"({"choices": [{"index": 0, "token_ids": [1]}]})",
        R"({"choices": [{"index": 0, "token_ids": [1], "logprobs": {"content": []}}]})",
        R"({"choices": [{"index": 0, "token_ids": [1], "logprobs":
            {"content": [{"token_id": 2, "logprob": -1}]}}]})",
        R"({"choices": [{"index": 0, "token_ids": [1], "logprobs":
            {"content": [{"token_id": 1, "logprob": null}]}}]})",
        R"({"choices": [{"index": 0, "token_ids": [1], "logprobs":
            {"content": [{"token_id": 1, "logprob": -1, "top_logprobs": [{"token_id": 2}]}]}}]})",
        R"({"choices": [{"index": 0, "weight_versions": 4}]})",
        R"({"choices": [{"index": 0, "weight_versions": [{"version": 4}]}]})"}) {
    const absl::Status status = ReadEvent(VllmApi::kTokens, event).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << event;
    EXPECT_THAT(std::string(status.message()), HasSubstr("answers with")) << event;
  }
}

TEST(ReadEvent, ReportsTheServersError) {
  const absl::Status status =
      ReadEvent(VllmApi::kTokens, R"({"error": {"message": "out of memory"}})").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("out of memory"));
}

TEST(ReadEvent, TellsARefusedRequestFromOtherErrors) {
  const auto code = [](int http) {
    const std::string event = absl::StrCat(R"({"error": {"message": "m", "code": )", http, "}}");
    return ReadEvent(VllmApi::kTokens, event).status().code();
  };
  EXPECT_EQ(code(400), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(500), absl::StatusCode::kUnavailable);
}

TEST(ReadScores, FindsEachTokensOwnInBothInterfaces) {
  const std::string scores =
      R"("prompt_logprobs": [null, {"7": {"logprob": -2.5, "rank": 9}, "1": {"logprob": -0.1}},
         {"9": {"logprob": -1}}])";
  for (const auto& read :
       {ReadScores(VllmApi::kTokens, "{" + scores + "}", {3, 7, 9}, /*top=*/1),
        ReadScores(VllmApi::kCompletions, "{\"choices\": [{" + scores + "}]}", {3, 7, 9}, 1)}) {
    ASSERT_TRUE(read.ok()) << read.status();
    ASSERT_EQ(read->size(), 3u);
    EXPECT_EQ((*read)[0].token, 3);
    EXPECT_EQ((*read)[0].log_probability, 0);
    EXPECT_TRUE((*read)[0].likeliest.empty());
    EXPECT_EQ((*read)[1].log_probability, -2.5f);
    ASSERT_EQ((*read)[1].likeliest.size(), 1u);
    EXPECT_EQ((*read)[1].likeliest[0].token, 1);
    EXPECT_EQ((*read)[2].likeliest[0].token, 9);
  }
}

TEST(ReadScores, RefusesScoresOfOtherTokens) {
  for (const char* body : {"{}", R"({"prompt_logprobs": [null]})",
                           R"({"prompt_logprobs": [null, {"8": {"logprob": -1}}]})",
                           R"({"prompt_logprobs": [null, {"7": {"logprob": null}}]})"}) {
    EXPECT_EQ(ReadScores(VllmApi::kTokens, body, {3, 7}, /*top=*/0).status().code(),
              absl::StatusCode::kFailedPrecondition)
        << body;
  }
}

TEST(ReadModel, TakesNameAndContext) {
  const auto model = ReadModel(R"({"data": [{"id": "name", "max_model_len": 512}]})");
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->name, "name");
  EXPECT_EQ(model->context, 512);
  for (const char* body : {"<html>", "{}", R"({"data": []})", R"({"data": [{"id": 3}]})"}) {
    EXPECT_EQ(ReadModel(body).status().code(), absl::StatusCode::kFailedPrecondition) << body;
  }
}

TEST(ReadError, QuotesTheMessageOrTheFirstBytesInAscii) {
  EXPECT_EQ(ReadError(R"({"error": {"message": "too long"}})"), "\"too long\"");
  EXPECT_EQ(ReadError(R"({"error": "busy"})"), "\"busy\"");
  EXPECT_EQ(ReadError("a\n\xff"), "\"a\\n\\xff\"");
  EXPECT_EQ(ReadError(std::string(1000, 'x')).size(), 200u + 5u);
}

}  // namespace
}  // namespace hir
