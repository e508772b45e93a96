#include "services/rollout/rollout_service.h"

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/domain/wire/ids.h"
#include "hir/fakes/fake_replay.h"
#include "hir/fakes/in_process_server.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/status.h"
#include "hir/weights/transfer.h"
#include "prometheus/registry.h"
#include "services/rollout/fake_engine.h"

namespace hir {
namespace {

using rollout::v1::GenerateRequest;
using rollout::v1::GenerateResponse;
using ::testing::HasSubstr;

class RolloutServiceTest : public testing::Test {
 protected:
  RolloutServiceTest()
      : tokenizer_(Tokenizer::Load(HIR_SOURCE_DIR "/tests/fixtures/tiny_tokenizer").value()),
        metrics_(registry_),
        replay_server_({&replay_}),
        replay_stub_(replay_server_.channel()),
        service_(engine_, *tokenizer_, metrics_, "models/tiny", "run", &replay_client_, {},
                 Settings()),
        server_({&service_}),
        stub_(server_.channel()) {}

  static ModelConfig Settings() {
    ModelConfig settings;
    settings.chat_template_kwargs = R"({"no_such_variable":1})";
    settings.reasoning_end = "</think>";
    return settings;
  }

  // A call for two responses to a prompt of token ids.
  static GenerateRequest Call() {
    GenerateRequest call;
    auto* prompt = call.add_prompts();
    prompt->add_token_ids(72);
    prompt->set_key(6);
    prompt->set_responses(2);
    call.mutable_sampling()->set_max_response_tokens(9);
    return call;
  }

  grpc::Status Generate(const GenerateRequest& call, std::vector<GenerateResponse>& responses) {
    grpc::ClientContext context;
    PrepareCall(context, kPatience);
    auto reader = stub_.Generate(&context, call);
    GenerateResponse response;
    while (reader->Read(&response)) responses.push_back(response);
    return reader->Finish();
  }

  // Generates while this thread ends the samples of the first request.
  std::vector<GenerateResponse> GenerateAndFinish(const GenerateRequest& call) {
    std::vector<GenerateResponse> responses;
    std::thread caller([&] { EXPECT_TRUE(Generate(call, responses).ok()); });
    EXPECT_TRUE(engine_.AwaitRequests(1));
    if (call.stream_text()) engine_.request(0).on_token(1, {65, -0.5f, {}});
    engine_.Finish(0, 1);
    engine_.Finish(0, 0);
    caller.join();
    return responses;
  }

  std::unique_ptr<Tokenizer> tokenizer_;
  FakeEngine engine_;
  prometheus::Registry registry_;
  RolloutMetrics metrics_;
  FakeReplay replay_;
  InProcessServer replay_server_;
  replay::v1::Replay::Stub replay_stub_;
  ReplayClient replay_client_{
      replay_stub_, "run", [] { return false; }, {.patience = absl::ZeroDuration()}};
  RolloutService service_;
  InProcessServer server_;
  rollout::v1::Rollout::Stub stub_;
};

TEST_F(RolloutServiceTest, GenerateAnswersAsEachResponseEnds) {
  const std::vector<GenerateResponse> responses = GenerateAndFinish(Call());
  ASSERT_EQ(responses.size(), 2u);
  EXPECT_EQ(responses[0].sample(), 1u);
  EXPECT_EQ(responses[0].key(), 6u);
  EXPECT_TRUE(responses[0].done());
  EXPECT_EQ(responses[0].text(), tokenizer_->Decode({65, 66}));
  EXPECT_THAT(responses[0].token_ids(), testing::ElementsAre(65, 66));
  EXPECT_EQ(responses[0].logprobs_size(), 2);
  EXPECT_EQ(responses[0].prompt_tokens(), 1u);
  EXPECT_EQ(responses[1].sample(), 0u);
}

TEST_F(RolloutServiceTest, TellsTheMarkThatEndsTheReasoning) {
  GenerateRequest call = Call();
  call.set_stream_text(true);
  for (const GenerateResponse& response : GenerateAndFinish(call)) {
    EXPECT_EQ(response.reasoning_end(), "</think>");
  }
}

TEST_F(RolloutServiceTest, NoReasoningIsAwaitedWhereThePromptEndsIt) {
  GenerateRequest call = Call();
  const std::vector<int32_t> prompt = *tokenizer_->Encode("<think></think>\n");
  call.mutable_prompts(0)->mutable_token_ids()->Assign(prompt.begin(), prompt.end());
  for (const GenerateResponse& response : GenerateAndFinish(call)) {
    EXPECT_EQ(response.reasoning_end(), "");
  }
}

TEST_F(RolloutServiceTest, MessagesAreRenderedWithVariables) {
  GenerateRequest call = Call();
  rollout::v1::Prompt& prompt = *call.mutable_prompts(0);
  prompt.clear_token_ids();
  prompt.add_messages()->set_role("user");
  prompt.mutable_messages(0)->set_content("Hi");
  prompt.mutable_chat()->set_variables_json(R"({"other": 2})");
  GenerateAndFinish(call);
  EXPECT_EQ(tokenizer_->Decode(engine_.request(0).prompt, false),
            "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
  prompt.mutable_chat()->set_variables_json(R"({"messages": 2})");
  std::vector<GenerateResponse> none;
  const grpc::Status status = Generate(call, none);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("chat_template_kwargs has \"messages\""));
}

TEST_F(RolloutServiceTest, UnsetTopPKeepsAllTokens) {
  GenerateAndFinish(Call());
  EXPECT_EQ(engine_.request(0).settings.top_p, 1.0);
  EXPECT_EQ(engine_.request(0).settings.max_response_tokens, 9);
}

TEST_F(RolloutServiceTest, GenerateStreamsTextWhenAsked) {
  GenerateRequest call = Call();
  call.set_stream_text(true);
  const std::vector<GenerateResponse> responses = GenerateAndFinish(call);
  ASSERT_EQ(responses.size(), 3u);
  EXPECT_FALSE(responses[0].done());
  EXPECT_EQ(responses[0].delta(), tokenizer_->Decode({65}));
}

TEST_F(RolloutServiceTest, AStreamedTextThatEndsInsideACharacterIsWhole) {
  constexpr int32_t kFirstByteOfTwo = 0xC3;
  GenerateRequest call = Call();
  call.set_stream_text(true);
  std::vector<GenerateResponse> responses;
  std::thread caller([&] { EXPECT_TRUE(Generate(call, responses).ok()); });
  EXPECT_TRUE(engine_.AwaitRequests(1));
  engine_.request(0).on_token(1, {kFirstByteOfTwo, -0.5f, {}});
  engine_.Finish(0, 1);
  engine_.Finish(0, 0);
  caller.join();
  ASSERT_EQ(responses.size(), 3u);
  EXPECT_EQ(responses[0].delta(), tokenizer_->Decode({kFirstByteOfTwo}));
  EXPECT_FALSE(responses[0].delta().empty());
  EXPECT_TRUE(responses[1].done());
}

TEST_F(RolloutServiceTest, AResponseEndsBeforeAStopText) {
  GenerateRequest call = Call();
  call.set_stream_text(true);
  call.mutable_stop()->add_texts(tokenizer_->Decode({66, 67}));
  std::vector<GenerateResponse> responses;
  std::thread caller([&] { EXPECT_TRUE(Generate(call, responses).ok()); });
  EXPECT_TRUE(engine_.AwaitRequests(1));
  EXPECT_FALSE(engine_.request(0).on_token(1, {65, -0.5f, {}}));
  EXPECT_FALSE(engine_.request(0).on_token(1, {66, -1.5f, {}}));
  EXPECT_TRUE(engine_.request(0).on_token(1, {67, -0.5f, {}}));
  engine_.Finish(0, 1);
  engine_.Finish(0, 0);
  caller.join();
  ASSERT_EQ(responses.size(), 3u);
  EXPECT_EQ(responses[0].delta(), tokenizer_->Decode({65}));
  EXPECT_THAT(responses[0].token_ids(), testing::ElementsAre(65));
  EXPECT_TRUE(responses[1].done());
  EXPECT_EQ(responses[1].text(), tokenizer_->Decode({65}));
  EXPECT_EQ(responses[1].text_tokens(), 1u);
  EXPECT_EQ(responses[1].token_ids_size(), 2);
  EXPECT_EQ(responses[2].text(), tokenizer_->Decode({65, 66}));
  EXPECT_EQ(responses[2].text_tokens(), 2u);
}

TEST_F(RolloutServiceTest, StopSettingsReachTheEngine) {
  const std::vector<int32_t>& own = tokenizer_->stop_token_ids();
  GenerateRequest call = Call();
  call.mutable_stop()->add_token_ids(67);
  call.mutable_stop()->set_min_tokens(4);
  call.mutable_stop()->add_texts("<|im_start|>");  // A special token, whose text is never shown.
  GenerateAndFinish(call);
  std::vector<int32_t> expected = own;
  expected.insert(expected.end(), {67, tokenizer_->TokenId("<|im_start|>")});
  EXPECT_EQ(engine_.request(0).stop_tokens, expected);
  EXPECT_FALSE(engine_.request(0).on_token);
  EXPECT_EQ(engine_.request(0).settings.min_tokens, 4);
}

TEST_F(RolloutServiceTest, TheModelsOwnStopTokensMayBeIgnored) {
  ASSERT_FALSE(tokenizer_->stop_token_ids().empty());
  GenerateRequest call = Call();
  call.mutable_stop()->set_ignore_eos(true);
  GenerateAndFinish(call);
  EXPECT_TRUE(engine_.request(0).stop_tokens.empty());
}

TEST_F(RolloutServiceTest, ScoresAndPromptComeWhenAskedFor) {
  GenerateRequest call = Call();
  call.mutable_score()->set_response(true);
  call.mutable_score()->set_top_logprobs(3);
  call.set_echo_prompt(true);
  const std::vector<GenerateResponse> responses = GenerateAndFinish(call);
  EXPECT_EQ(engine_.request(0).settings.top_logprobs, 3);
  EXPECT_FALSE(engine_.request(0).settings.score_prompt);
  ASSERT_EQ(responses[0].scores_size(), 2);
  EXPECT_EQ(responses[0].scores(1).token().token_id(), 66);
  EXPECT_EQ(responses[0].scores(1).token().text(), tokenizer_->Decode({66}));
  EXPECT_EQ(responses[0].scores(1).token().logprob(), -1.5f);
  EXPECT_THAT(responses[0].prompt().token_ids(), testing::ElementsAre(72));
  EXPECT_EQ(responses[0].prompt().text(), tokenizer_->Decode({72}));
}

TEST_F(RolloutServiceTest, APlainTextIsAPromptAsItIs) {
  GenerateRequest call = Call();
  call.mutable_prompts(0)->clear_token_ids();
  call.mutable_prompts(0)->set_text("Hi");
  GenerateAndFinish(call);
  EXPECT_EQ(engine_.request(0).prompt, *tokenizer_->Encode("Hi"));
}

TEST_F(RolloutServiceTest, ChatOptionsReachTheTemplate) {
  GenerateRequest call = Call();
  auto& prompt = *call.mutable_prompts(0);
  prompt.clear_token_ids();
  prompt.add_messages()->set_role("assistant");
  prompt.mutable_messages(0)->set_content("So");
  prompt.mutable_chat()->set_no_generation_prompt(true);
  prompt.mutable_chat()->set_continue_final_message(true);
  call.set_echo_prompt(true);
  EXPECT_EQ(GenerateAndFinish(call)[0].prompt().text(), "<|im_start|>assistant\nSo");
}

TEST_F(RolloutServiceTest, GenerateRefusesStopSettingsItCannotKeep) {
  const auto refused = [&](const std::function<void(rollout::v1::StopSettings&)>& change) {
    GenerateRequest call = Call();
    change(*call.mutable_stop());
    std::vector<GenerateResponse> responses;
    const grpc::Status status = Generate(call, responses);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    return status.error_message();
  };
  EXPECT_THAT(refused([](auto& stop) { stop.add_texts(""); }), HasSubstr("has 0 bytes"));
  EXPECT_THAT(refused([](auto& stop) { stop.add_texts(std::string(1025, 'a')); }),
              HasSubstr("has 1025 bytes"));
  EXPECT_THAT(refused([](auto& stop) {
                for (int i = 0; i < 17; ++i) stop.add_texts("a");
              }),
              HasSubstr("17 stop texts"));
  EXPECT_THAT(refused([](auto& stop) { stop.add_token_ids(1 << 30); }),
              HasSubstr("outside the vocabulary"));
  EXPECT_THAT(refused([](auto& stop) {
                for (int i = 0; i < 65; ++i) stop.add_token_ids(1);
              }),
              HasSubstr("65 stop token ids"));
}

TEST_F(RolloutServiceTest, GenerateRefusesPromptsItCannotTake) {
  std::vector<GenerateResponse> responses;
  EXPECT_EQ(Generate({}, responses).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  GenerateRequest both = Call();
  both.mutable_prompts(0)->add_messages()->set_role("user");
  EXPECT_EQ(Generate(both, responses).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  GenerateRequest none = Call();
  none.mutable_prompts(0)->set_responses(0);
  EXPECT_EQ(Generate(none, responses).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(engine_.requests(), 0u);
}

TEST_F(RolloutServiceTest, GenerateRefusesTwoPromptsWithOneKey) {
  GenerateRequest call = Call();
  *call.add_prompts() = call.prompts(0);
  std::vector<GenerateResponse> responses;
  const grpc::Status status = Generate(call, responses);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("key 6"));
  EXPECT_EQ(engine_.requests(), 0u);
}

TEST_F(RolloutServiceTest, GenerateRefusesMoreThanACallerMayHaveUnmade) {
  GenerateRequest call = Call();
  for (uint64_t key = 1; key <= 3; ++key) {
    auto* const prompt = key == 1 ? call.mutable_prompts(0) : call.add_prompts();
    prompt->CopyFrom(call.prompts(0));
    prompt->set_key(key);
    prompt->set_responses(4096);
  }
  std::vector<GenerateResponse> responses;
  const grpc::Status status = Generate(call, responses);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("8192 of at most 8192"));
}

TEST_F(RolloutServiceTest, ADrainingWorkerFinishesCallsAndRefusesNewOnes) {
  std::vector<GenerateResponse> responses;
  std::thread caller([&] { EXPECT_TRUE(Generate(Call(), responses).ok()); });
  EXPECT_TRUE(engine_.AwaitRequests(1));
  service_.StopGenerating();
  std::vector<GenerateResponse> none;
  EXPECT_EQ(Generate(Call(), none).error_code(), grpc::StatusCode::UNAVAILABLE);
  engine_.Finish(0, 0);
  engine_.Finish(0, 1);
  caller.join();
  EXPECT_EQ(responses.size(), 2u);
}

TEST_F(RolloutServiceTest, ACallerThatGoesAwayCancelsItsRequests) {
  grpc::ClientContext context;
  PrepareCall(context, kPatience);
  auto reader = stub_.Generate(&context, Call());
  ASSERT_TRUE(engine_.AwaitRequests(1));
  context.TryCancel();
  GenerateResponse response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_TRUE(engine_.AwaitCancelled(0));
}

PackedWeights Weights() {
  PackedWeights weights;
  weights.tensors = {{"a", "F32", {2}}};
  weights.bytes = "12345678";
  return weights;
}

absl::StatusOr<WeightsId> Push(rollout::v1::Rollout::StubInterface& worker,
                               const PackedWeights& weights, const WeightsId& version) {
  grpc::ClientContext context;
  PrepareCall(context, kPatience);
  return PushWeights(worker, weights, version, context);
}

TEST_F(RolloutServiceTest, UpdateWeightsServesWhatWasPushed) {
  const PackedWeights weights = Weights();
  const WeightsId version{1, 4, WeightsDigest(weights), "run"};
  replay_.Record(ToProto(version));
  const auto serving = Push(stub_, weights, version);
  ASSERT_TRUE(serving.ok()) << serving.status();
  EXPECT_EQ(*serving, version);
  EXPECT_EQ(metrics_.weights.version.Value(), 4);
  grpc::ClientContext context;
  rollout::v1::GetStatusResponse status;
  ASSERT_TRUE(stub_.GetStatus(&context, {}, &status).ok());
  EXPECT_EQ(status.serving().version(), 4);
  EXPECT_EQ(status.model(), "models/tiny");
}

// If accepted, they would make everything that the learner pushes older than the served weights.
TEST_F(RolloutServiceTest, UpdateWeightsTellsTheListenerOnceTheWeightsAreServed) {
  const PackedWeights weights = Weights();
  const WeightsId version{1, 4, WeightsDigest(weights), "run"};
  replay_.Record(ToProto(version));
  std::vector<int64_t> served;
  service_.SetPushListener([&] { served.push_back(engine_.Status().serving.version); });
  EXPECT_FALSE(Push(stub_, weights, {1, 4, std::string(32, 'x'), "run"}).ok());
  ASSERT_TRUE(Push(stub_, weights, version).ok());
  service_.SetPushListener(nullptr);
  ASSERT_TRUE(Push(stub_, weights, version).ok());
  EXPECT_THAT(served, testing::ElementsAre(4));
}

TEST_F(RolloutServiceTest, UpdateWeightsTakesOnlyWhatTheRunsLearnerHasRecorded) {
  const PackedWeights weights = Weights();
  const WeightsId recorded{2, 4, WeightsDigest(weights), "run"};
  replay_.Record(ToProto(recorded));
  for (const WeightsId& forged :
       {WeightsId{~uint64_t{0}, 4, recorded.digest, "run"}, WeightsId{3, 0, recorded.digest, "run"},
        WeightsId{2, 5, recorded.digest, "run"},
        WeightsId{2, std::numeric_limits<int64_t>::max(), recorded.digest, "run"},
        WeightsId{2, 4, std::string(32, 'x'), "run"}}) {
    EXPECT_EQ(Push(stub_, weights, forged).status().code(), absl::StatusCode::kFailedPrecondition);
  }
  EXPECT_EQ(engine_.swaps(), 0u);
  EXPECT_TRUE(Push(stub_, weights, recorded).ok());
}

TEST_F(RolloutServiceTest, UpdateWeightsKeepsTheOldOnesWhileReplayCannotBeAsked) {
  const PackedWeights weights = Weights();
  replay_.SetDown(true);
  EXPECT_EQ(Push(stub_, weights, {1, 4, WeightsDigest(weights), "run"}).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(engine_.swaps(), 0u);
}

TEST_F(RolloutServiceTest, UpdateWeightsRefusesAWrongDigest) {
  replay_.Record(ToProto(WeightsId{1, 4, std::string(32, 'x'), "run"}));
  const absl::Status status = Push(stub_, Weights(), {1, 4, std::string(32, 'x'), "run"}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(engine_.swaps(), 0u);
}

// Their digest can't be the recorded one, which says nothing of the weights.
TEST_F(RolloutServiceTest, UpdateWeightsRefusesAnotherFormatOfTheDigestByItsNumber) {
  const PackedWeights weights = Weights();
  replay_.Record(ToProto(WeightsId{1, 4, WeightsDigest(weights), "run"}));
  grpc::ClientContext context;
  PrepareCall(context, kPatience);
  rollout::v1::UpdateWeightsResponse response;
  const auto writer = stub_.UpdateWeights(&context, &response);
  rollout::v1::UpdateWeightsRequest message;
  *message.mutable_manifest()->mutable_weights() =
      ToProto(WeightsId{1, 4, "of another rule", "run"});
  message.mutable_manifest()->set_digest_format(2);
  writer->Write(message);
  writer->WritesDone();
  const absl::Status status = FromGrpc(writer->Finish());
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("a digest of format 2"));
  EXPECT_EQ(engine_.swaps(), 0u);
}

TEST_F(RolloutServiceTest, UpdateWeightsRefusesMoreBytesThanTheModelHas) {
  PackedWeights weights;
  weights.tensors = {{"a", "F32", {1 << 20}}};
  weights.bytes.resize(size_t{4} << 20);
  replay_.Record(ToProto(WeightsId{1, 4, WeightsDigest(weights), "run"}));
  const absl::Status status = Push(stub_, weights, {1, 4, WeightsDigest(weights), "run"}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(RolloutServiceTest, UpdateWeightsRefusesAnotherRun) {
  const PackedWeights weights = Weights();
  replay_.Record(ToProto(WeightsId{1, 4, WeightsDigest(weights), "run"}));
  const absl::Status status =
      Push(stub_, weights, {1, 4, WeightsDigest(weights), "other"}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("other"));
}

}  // namespace
}  // namespace hir
