// The limits on what one client of VerifyStream may make the verifier hold, and for how long.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/checkers/all_checkers.h"
#include "hir/fakes/fake_replay.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/server.h"
#include "prometheus/registry.h"
#include "services/verifier/verifier_service.h"

namespace hir {
namespace {

using ::testing::HasSubstr;
using verifier::v1::VerifyStreamRequest;
using verifier::v1::VerifyStreamResponse;

VerifyStreamRequest Chunk(const std::string& data) {
  VerifyStreamRequest request;
  request.mutable_chunk()->set_data(data);
  return request;
}

VerifyStreamRequest Whole(const std::string& text) {
  VerifyStreamRequest request;
  common::v1::Response& response = *request.mutable_response();
  response.set_schema_version(1);
  response.mutable_id()->set_run("run");
  response.add_prompt_token_ids(1);
  response.add_token_ids(1);
  response.add_logprobs(-0.5f);
  response.set_finish_reason(common::v1::FINISH_REASON_STOP);
  response.add_versions();
  response.set_text(text);
  response.mutable_instruction()->add_constraints()->set_kind("punctuation:no_comma");
  return request;
}

class VerifyLimitsTest : public testing::Test {
 protected:
  using Stream = grpc::ClientReaderWriter<VerifyStreamRequest, VerifyStreamResponse>;

  // One stream of the one client; several may be open.
  struct Call {
    explicit Call(verifier::v1::Verifier::Stub& stub) {
      PrepareCall(context, absl::Seconds(60));
      stream = stub.VerifyStream(&context);
    }
    // The first message that comes.
    VerifyStreamResponse Read() {
      VerifyStreamResponse response;
      EXPECT_TRUE(stream->Read(&response));
      return response;
    }
    grpc::Status AwaitEnd() {
      VerifyStreamResponse response;
      while (stream->Read(&response)) {
      }
      return stream->Finish();
    }

    grpc::ClientContext context;
    std::unique_ptr<Stream> stream;
  };

  void Serve(const StreamLimits& limits) {
    service_ = std::make_unique<VerifierService>(VerifierConfig{.streams = limits}, registry_,
                                                 replay_->NewStub(), clock_, metrics_);
    server_ = RpcServer::Start({}, {{verifier::v1::Verifier::service_full_name(), service_.get()}})
                  .value();
    stub_ = verifier::v1::Verifier::NewStub(
        MakeChannel(absl::StrCat("127.0.0.1:", server_->port())).value());
  }

  const CheckerRegistry registry_ = AllCheckers();
  RealClock clock_;
  prometheus::Registry metrics_;
  std::unique_ptr<FakeReplay> replay_ = FakeReplay::Start();
  std::unique_ptr<VerifierService> service_;
  std::unique_ptr<RpcServer> server_;
  std::unique_ptr<verifier::v1::Verifier::Stub> stub_;
};

constexpr QuotaLimits kMany = {.in_all = 100, .per_caller = 100};

TEST_F(VerifyLimitsTest, UnfinishedChunksAreBoundedAndGivenBackAtTheStreamsEnd) {
  Serve({.streams = kMany, .bytes = {.in_all = 100, .per_caller = 4}});
  for (int i = 0; i < 3; ++i) {
    Call call(*stub_);
    call.stream->Write(Chunk("1234"));
    call.stream->Write(Chunk("5"));
    const grpc::Status status = call.AwaitEnd();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_THAT(status.error_message(), HasSubstr("has 4 of at most 4"));
  }
}

TEST_F(VerifyLimitsTest, AStreamIsNotReadOnWhileUnansweredResponsesFillTheirBound) {
  const auto size = static_cast<int64_t>(Whole("text").response().ByteSizeLong());
  Serve({.streams = kMany, .bytes = {.in_all = 100 * size, .per_caller = size + 1}});
  replay_->SetOpen(false);
  Call call(*stub_);
  call.stream->Write(Whole("text"));
  EXPECT_TRUE(call.Read().has_verdicts());
  // The caller's other stream waits; a third one leaves meanwhile.
  Call other(*stub_);
  other.stream->Write(Whole("text"));
  other.stream->WritesDone();
  Call leaves(*stub_);
  leaves.stream->Write(Whole("text"));
  leaves.context.TryCancel();
  EXPECT_EQ(leaves.AwaitEnd().error_code(), grpc::StatusCode::CANCELLED);
  replay_->SetOpen(true);
  call.stream->WritesDone();
  EXPECT_TRUE(call.AwaitEnd().ok());
  EXPECT_TRUE(other.AwaitEnd().ok());
}

TEST_F(VerifyLimitsTest, AResponseThatNoRoomIsEnoughForIsRefused) {
  Serve({.streams = kMany, .bytes = {.in_all = 100, .per_caller = 4}});
  Call call(*stub_);
  call.stream->Write(Whole("text"));
  EXPECT_EQ(call.AwaitEnd().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(VerifyLimitsTest, AMessageThatDoesNotEndEndsItsStream) {
  Serve({.streams = kMany, .unfinished = absl::Milliseconds(50)});
  Call call(*stub_);
  call.stream->Write(Chunk("half"));
  EXPECT_EQ(call.AwaitEnd().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(VerifyLimitsTest, AnIdleStreamIsEnded) {
  Serve({.streams = kMany, .idle = absl::Milliseconds(50)});
  Call call(*stub_);
  EXPECT_EQ(call.AwaitEnd().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(VerifyLimitsTest, OpenStreamsAreBounded) {
  Serve({.streams = {.in_all = 100, .per_caller = 2}});
  Call first(*stub_), second(*stub_);
  for (Call* call : {&first, &second}) {
    call->stream->Write(Whole("text"));
    EXPECT_TRUE(call->Read().has_verdicts());
  }
  Call third(*stub_);
  const grpc::Status status = third.AwaitEnd();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("2 of at most 2"));
}

}  // namespace
}  // namespace hir
