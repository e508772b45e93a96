#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/checkers/all_checkers.h"
#include "hir/fakes/fake_replay.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/chunks.h"
#include "hir/rpc/server.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"
#include "services/verifier/verifier_service.h"

namespace hir {
namespace {

using common::v1::Response;
using replay::v1::InsertResult;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using verifier::v1::VerifyStreamRequest;
using verifier::v1::VerifyStreamResponse;

Response MakeResponse(uint32_t sample, const std::string& text) {
  Response response;
  response.set_schema_version(1);
  response.mutable_id()->set_run("run");
  response.mutable_id()->set_task(7);
  response.mutable_id()->set_sample(sample);
  response.add_prompt_token_ids(1);
  response.add_token_ids(1);
  response.add_logprobs(-0.5f);
  response.set_finish_reason(common::v1::FINISH_REASON_STOP);
  response.add_versions();
  response.set_text(text);
  response.mutable_instruction()->add_constraints()->set_kind("punctuation:no_comma");
  response.mutable_instruction()->add_constraints()->set_kind("startend:quotation");
  return response;
}

// A verifier in front of a fake replay, and one client stream to it.
class VerifyStreamTest : public testing::Test {
 protected:
  VerifyStreamTest() { PrepareCall(context_, absl::Seconds(60)); }

  void Send(const Response& response) {
    VerifyStreamRequest request;
    *request.mutable_response() = response;
    stream_->Write(request);
  }

  // Ends the client's side, reads everything, and returns the stream's status.
  grpc::Status Finish() {
    stream_->WritesDone();
    VerifyStreamResponse response;
    while (stream_->Read(&response)) received_.push_back(response);
    return stream_->Finish();
  }

  // Reads what comes without ending the client's side, and returns the stream's status.
  grpc::Status AwaitEnd() {
    VerifyStreamResponse response;
    while (stream_->Read(&response)) received_.push_back(response);
    return stream_->Finish();
  }

  // Why each sample was refused, empty when it was taken.
  std::map<uint32_t, std::string> Refusals() const {
    std::map<uint32_t, std::string> refusals;
    for (const VerifyStreamResponse& response : received_) {
      if (response.has_ack()) {
        refusals[response.ack().id().sample()] = response.ack().refused();
      }
    }
    return refusals;
  }

  int CountAcks() const {
    int acks = 0;
    for (const VerifyStreamResponse& response : received_) acks += response.has_ack();
    return acks;
  }

  static RetryPolicy FastRetry() {
    RetryPolicy policy;
    policy.initial = absl::Milliseconds(1);
    policy.max = absl::Milliseconds(20);
    return policy;
  }

  void ReadUntilAck(uint32_t sample) {
    VerifyStreamResponse response;
    while (stream_->Read(&response)) {
      received_.push_back(response);
      if (response.has_ack() && response.ack().id().sample() == sample) return;
    }
  }

  // The judge says yes once it is asked to.
  class SlowYes : public Checker {
   public:
    SlowYes(absl::Notification& may_answer, std::u32string& text)
        : may_answer_(may_answer), text_(text) {}
    CheckResult Check(const ResponseText& text) const override {
      may_answer_.WaitForNotification();
      text_ = text.text();
      return PassIf(true);
    }
    bool waits() const override { return true; }

   private:
    absl::Notification& may_answer_;
    std::u32string& text_;
  };

  CheckerRegistry WithJudge() {
    CheckerRegistry registry = AllCheckers();
    registry.Enable("judge:criterion", [this](const Arguments&) {
      return std::unique_ptr<Checker>(new SlowYes(may_answer_, judged_text_));
    });
    return registry;
  }

  static Response MakeJudgedResponse(uint32_t sample) {
    Response response = MakeResponse(sample, "a");
    common::v1::Constraint& judged = *response.mutable_instruction()->mutable_constraints(1);
    judged.set_kind("judge:criterion");
    judged.set_arguments_json(R"({"criterion": "It is kind."})");
    return response;
  }

  absl::Notification may_answer_;
  std::u32string judged_text_;  // What it saw last.
  const CheckerRegistry registry_ = WithJudge();
  RealClock clock_;
  prometheus::Registry metrics_;
  std::unique_ptr<FakeReplay> replay_ = FakeReplay::Start();
  VerifierService service_{VerifierConfig{.max_pending_responses = 2},
                           registry_,
                           replay_->NewStub(),
                           clock_,
                           metrics_,
                           FastRetry()};
  std::unique_ptr<RpcServer> server_ =
      RpcServer::Start({}, {{verifier::v1::Verifier::service_full_name(), &service_}}).value();
  std::unique_ptr<verifier::v1::Verifier::Stub> stub_ = verifier::v1::Verifier::NewStub(
      MakeChannel(absl::StrCat("127.0.0.1:", server_->port())).value());
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<VerifyStreamRequest, VerifyStreamResponse>> stream_ =
      stub_->VerifyStream(&context_);
  std::vector<VerifyStreamResponse> received_;
};

TEST_F(VerifyStreamTest, SendsVerdictsThenTheAcknowledgement) {
  Send(MakeResponse(3, "no comma"));
  ASSERT_TRUE(Finish().ok());
  ASSERT_EQ(received_.size(), 2u);
  const auto& verdicts = received_[0].verdicts();
  EXPECT_EQ(verdicts.id().sample(), 3u);
  ASSERT_EQ(verdicts.strict_size(), 2);
  EXPECT_THAT(verdicts.constraints(), ElementsAre(0, 1));
  EXPECT_EQ(verdicts.strict(0).verdict(), common::v1::VERDICT_PASS);
  EXPECT_EQ(verdicts.strict(1).verdict(), common::v1::VERDICT_FAIL);
  EXPECT_EQ(received_[1].ack().id().task(), 7u);
  EXPECT_FALSE(received_[1].ack().duplicate());
}

TEST_F(VerifyStreamTest, ChecksWhatFollowsTheReasoningAndStoresAll) {
  Response reasoned = MakeResponse(0, "a, b </think> \"no comma\" ");
  reasoned.set_reasoning_end("</think>");
  Response unended = MakeResponse(1, "\"no comma\"");
  unended.set_reasoning_end("</think>");
  Send(reasoned);
  Send(unended);
  ASSERT_TRUE(Finish().ok());
  const std::vector<common::v1::ScoredResponse> stored = replay_->stored();
  ASSERT_EQ(stored.size(), 2u);
  EXPECT_EQ(stored[0].response().text(), "a, b </think> \"no comma\" ");
  for (int constraint = 0; constraint < 2; ++constraint) {
    EXPECT_EQ(stored[0].verdicts(constraint).verdict(), common::v1::VERDICT_PASS);
    EXPECT_EQ(stored[1].verdicts(constraint).verdict(), common::v1::VERDICT_FAIL);
  }
}

TEST_F(VerifyStreamTest, AJudgeSeesWhatFollowsTheReasoning) {
  may_answer_.Notify();
  Response response = MakeJudgedResponse(0);
  response.set_text("a, b</think> c ");
  response.set_reasoning_end("</think>");
  Send(response);
  ASSERT_TRUE(Finish().ok());
  EXPECT_EQ(judged_text_, U"c");
}

TEST_F(VerifyStreamTest, ACheckThatWaitsHoldsUpOnlyItsOwnResponse) {
  Send(MakeJudgedResponse(0));
  Send(MakeResponse(1, "a"));
  ReadUntilAck(1);
  may_answer_.Notify();
  ASSERT_TRUE(Finish().ok());
  ASSERT_EQ(received_.size(), 5u);
  EXPECT_EQ(received_[0].verdicts().id().sample(), 0u);
  EXPECT_THAT(received_[0].verdicts().constraints(), ElementsAre(0));
  EXPECT_EQ(received_[3].verdicts().id().sample(), 0u);
  EXPECT_THAT(received_[3].verdicts().constraints(), ElementsAre(1));
  EXPECT_EQ(received_[3].verdicts().strict(0).verdict(), common::v1::VERDICT_PASS);
  EXPECT_EQ(received_[4].ack().id().sample(), 0u);
  const std::vector<common::v1::ScoredResponse> stored = replay_->stored();
  ASSERT_EQ(stored.size(), 2u);
  EXPECT_EQ(stored[1].verdicts(0).verdict(), common::v1::VERDICT_PASS);
  EXPECT_EQ(stored[1].verdicts(1).verdict(), common::v1::VERDICT_PASS);
}

TEST_F(VerifyStreamTest, ACancelledCallEndsAfterTheChecksUnderWay) {
  Send(MakeJudgedResponse(0));
  VerifyStreamResponse first;
  ASSERT_TRUE(stream_->Read(&first));
  context_.TryCancel();
  may_answer_.Notify();
  EXPECT_EQ(Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(VerifyStreamTest, ReadsNoFurtherThanItsLimitOfUnansweredResponses) {
  for (uint32_t i = 0; i < 20; ++i) Send(MakeResponse(i, "a"));
  ASSERT_TRUE(Finish().ok());
  int unanswered = 0;
  for (const VerifyStreamResponse& response : received_) {
    unanswered += response.has_verdicts() ? 1 : -1;
    EXPECT_LE(unanswered, 2);
  }
  EXPECT_EQ(CountAcks(), 20);
}

TEST_F(VerifyStreamTest, GivesReplayTheResponseWithItsVerdicts) {
  Send(MakeResponse(0, "\xFF, raw bytes stay"));
  ASSERT_TRUE(Finish().ok());
  const auto stored = replay_->stored();
  ASSERT_EQ(stored.size(), 1u);
  EXPECT_EQ(stored[0].response().text(), "\xFF, raw bytes stay");
  EXPECT_EQ(stored[0].verdicts(0).verdict(), common::v1::VERDICT_FAIL);
  EXPECT_EQ(stored[0].verifier_build(), registry_.build());
}

TEST_F(VerifyStreamTest, WithholdsTheAcknowledgementUntilReplayHasTheSample) {
  replay_->SetOpen(false);
  Send(MakeResponse(0, "a"));
  VerifyStreamResponse first;
  ASSERT_TRUE(stream_->Read(&first));
  EXPECT_TRUE(first.has_verdicts());
  ASSERT_TRUE(replay_->AwaitArrived(1));
  EXPECT_TRUE(replay_->stored().empty());
  replay_->SetOpen(true);
  ASSERT_TRUE(Finish().ok());
  EXPECT_EQ(CountAcks(), 1);
}

TEST_F(VerifyStreamTest, AcknowledgesEverySampleOnceWhenReplayFailsAndRecovers) {
  replay_->Script({.results = 0, .status = {grpc::StatusCode::UNAVAILABLE, "loading"}});
  replay_->Script({.results = 1, .status = {grpc::StatusCode::UNAVAILABLE, "killed"}});
  replay_->Script({.results = 0, .status = {grpc::StatusCode::DEADLINE_EXCEEDED, "slow"}});
  for (uint32_t i = 0; i < 6; ++i) Send(MakeResponse(i, "a"));
  ASSERT_TRUE(Finish().ok());
  std::map<uint32_t, int> acks;
  for (const auto& response : received_) acks[response.ack().id().sample()] += response.has_ack();
  for (uint32_t i = 0; i < 6; ++i) EXPECT_EQ(acks[i], 1) << i;
  EXPECT_EQ(replay_->stored().size(), 6u);
  EXPECT_GE(replay_->insert_calls(), 4);
}

TEST_F(VerifyStreamTest, TellsDuplicatesAndAcknowledgesUnwantedSamples) {
  replay_->Answer(7, 1, InsertResult::UNWANTED);
  Send(MakeResponse(0, "a"));
  Send(MakeResponse(0, "a"));
  Send(MakeResponse(1, "a"));
  ASSERT_TRUE(Finish().ok());
  std::vector<bool> duplicates;
  for (const auto& response : received_) {
    if (response.has_ack()) duplicates.push_back(response.ack().duplicate());
  }
  EXPECT_EQ(duplicates, (std::vector<bool>{false, true, false}));
}

TEST_F(VerifyStreamTest, JoinsAResponseThatComesInChunks) {
  const std::string text(size_t{2} << 20, 'a');
  const auto chunks = SplitIntoChunks(MakeResponse(0, text).SerializeAsString());
  for (const common::v1::Chunk& chunk : *chunks) {
    VerifyStreamRequest request;
    *request.mutable_chunk() = chunk;
    stream_->Write(request);
  }
  ASSERT_TRUE(Finish().ok());
  EXPECT_EQ(CountAcks(), 1);
  EXPECT_EQ(replay_->stored()[0].response().text(), text);
}

TEST_F(VerifyStreamTest, EndsOnAChunkedMessageThatIsNoResponse) {
  VerifyStreamRequest request;
  request.mutable_chunk()->set_data("\xFF\xFF");
  request.mutable_chunk()->set_last(true);
  stream_->Write(request);
  EXPECT_EQ(Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(VerifyStreamTest, EndsOnAnOversizeChunk) {
  VerifyStreamRequest request;
  request.mutable_chunk()->set_data(std::string(kMaxChunkBytes + 1, 'a'));
  stream_->Write(request);
  EXPECT_EQ(Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(VerifyStreamTest, EndsWhenAChunkedResponseIsCutShort) {
  VerifyStreamRequest request;
  request.mutable_chunk()->set_data("a");
  stream_->Write(request);
  EXPECT_EQ(Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(VerifyStreamTest, RefusesABrokenResponseAndGoesOn) {
  Send(MakeResponse(0, "a"));
  Response broken = MakeResponse(1, "a");
  broken.add_logprobs(0);
  Send(broken);
  Send(MakeResponse(2, "a"));
  ASSERT_TRUE(Finish().ok());
  EXPECT_THAT(Refusals(), ElementsAre(Pair(0, ""), Pair(1, HasSubstr("logprobs")), Pair(2, "")));
  EXPECT_EQ(replay_->stored().size(), 2u);
}

TEST_F(VerifyStreamTest, RefusesAConstraintItDoesNotKnowAndGoesOn) {
  Response unknown = MakeResponse(0, "a");
  unknown.mutable_instruction()->mutable_constraints(1)->set_kind("startend:quotations");
  Send(unknown);
  Send(MakeResponse(1, "a"));
  ASSERT_TRUE(Finish().ok());
  EXPECT_THAT(Refusals(), ElementsAre(Pair(0, HasSubstr("startend:quotation")), Pair(1, "")));
}

TEST_F(VerifyStreamTest, TellsWhatReplayRefusesAndGoesOn) {
  replay_->Answer(7, 0, InsertResult::INVALID);
  Send(MakeResponse(0, "a"));
  Send(MakeResponse(1, "a"));
  ASSERT_TRUE(Finish().ok());
  EXPECT_THAT(Refusals(), ElementsAre(Pair(0, HasSubstr("scripted")), Pair(1, "")));
  EXPECT_EQ(replay_->stored().size(), 1u);
}

TEST_F(VerifyStreamTest, EndsAnIdleStreamWhenReplayWillNotTakeIt) {
  replay_->Script({.results = 0, .status = {grpc::StatusCode::NOT_FOUND, "no such run"}});
  Send(MakeResponse(0, "a"));
  EXPECT_EQ(AwaitEnd().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(VerifyStreamTest, EndStreamsEndsAnIdleStreamAndRefusesNewOnes) {
  Send(MakeResponse(0, "a"));
  VerifyStreamResponse response;
  while (stream_->Read(&response) && !response.has_ack()) {
  }
  service_.EndStreams();
  EXPECT_FALSE(AwaitEnd().ok());
  grpc::ClientContext context;
  PrepareCall(context, absl::Seconds(60));
  EXPECT_EQ(stub_->VerifyStream(&context)->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(VerifyStreamTest, EndStreamsWaitsForWhatReplayHasNotStored) {
  replay_->SetOpen(false);
  Send(MakeResponse(0, "a"));
  ASSERT_TRUE(replay_->AwaitArrived(1));
  service_.EndStreams();
  replay_->SetOpen(true);
  EXPECT_FALSE(AwaitEnd().ok());
  EXPECT_EQ(replay_->stored().size(), 1u);
}

TEST_F(VerifyStreamTest, TimesEachResponse) {
  Send(MakeResponse(0, "a"));
  Send(MakeResponse(1, "a"));
  ASSERT_TRUE(Finish().ok());
  EXPECT_THAT(prometheus::TextSerializer().Serialize(metrics_.Collect()),
              HasSubstr("hir_verifier_request_duration_seconds_count{method=\"verify_stream\"} 2"));
}

TEST_F(VerifyStreamTest, GivesUpWhenTheClientCancels) {
  replay_.reset();
  Send(MakeResponse(0, "a"));
  VerifyStreamResponse verdicts;
  ASSERT_TRUE(stream_->Read(&verdicts));
  context_.TryCancel();
  EXPECT_EQ(Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(VerifyStreamTest, EndsWithTheServerWhileReplayIsGone) {
  replay_.reset();
  Send(MakeResponse(0, "a"));
  VerifyStreamResponse verdicts;
  ASSERT_TRUE(stream_->Read(&verdicts));
  server_->Drain(absl::Milliseconds(10));
  EXPECT_FALSE(Finish().ok());
  EXPECT_EQ(CountAcks(), 0);
}

}  // namespace
}  // namespace hir
