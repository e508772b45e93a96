// Replay or Redis goes away, or another instance comes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "services/replay/replay_service.h"
#include "services/replay/replay_service_fixture.h"

namespace hir {
namespace {

using namespace replay::v1;  // NOLINT: the contract under test.
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(ReplayServiceTest, AFrozenBatchIsTheSameAfterARestartOfServiceAndRedis) {
  StartStep();
  ASSERT_TRUE(Insert(Responses()).ok());
  const GetBatchResponse before = GetBatch(1).value();
  ASSERT_TRUE(redis_->Restart().ok());
  Restart();
  const GetBatchResponse after = GetBatch(1).value();
  EXPECT_EQ(after.SerializeAsString(), before.SerializeAsString());
  EXPECT_EQ(ReadShard(0, 1)->size(), 8u);
}

TEST_F(ReplayServiceTest, ACompleteStepIsFrozenByWhoeverIsAskedForItAfterACrash) {
  StartStep();
  // As if the process died between the last insert and the freeze.
  InsertUnseen(Responses());
  Restart();
  EXPECT_EQ(GetBatch(1)->rows_size(), 8);
}

TEST_F(ReplayServiceTest, TwoInstancesOnOneRedisServeOneRun) {
  StartStep();
  const auto responses = Responses();
  ASSERT_TRUE(Insert({responses.begin(), responses.begin() + 3}).ok());
  std::unique_ptr<Instance> first = std::move(instance_);
  Restart();
  EXPECT_EQ(Insert({responses[0]})->at(0).outcome(), InsertResult::DUPLICATE);
  ASSERT_TRUE(Insert({responses.begin() + 3, responses.end()}).ok());
  const std::string digest = GetBatch(1)->batch_digest();
  instance_ = std::move(first);
  EXPECT_EQ(GetBatch(1)->batch_digest(), digest);
}

TEST_F(ReplayServiceTest, RefusesARunOfAnotherTokenizer) {
  ASSERT_TRUE(Create(config_).ok());
  instance_.reset();
  instance_ = std::make_unique<Instance>(redis_->url(), "another");
  const absl::Status status = Put({MakeTask(0, 1)}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("with tokenizer bytes"));
}

TEST_F(ReplayServiceTest, SaysThatRedisIsDownAndGoesOnWhenItIsBack) {
  StartStep();
  redis_->Kill();
  const absl::Status status = Insert({Responses()[0]}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot be reached"));
  ASSERT_TRUE(redis_->Restart().ok());
  EXPECT_EQ(Insert({Responses()[0]})->at(0).outcome(), InsertResult::STORED);
}

TEST_F(ReplayServiceTest, StoppingEndsAnIdleInsertStreamAndTakesNoNewOne) {
  StartStep();
  for (const bool before : {true, false}) {
    grpc::ClientContext context;
    PrepareCall(context, absl::Seconds(20));
    const auto stream = instance_->stub->Insert(&context);
    if (before) {
      InsertResult result;
      stream->Write(SplitIntoChunks(Responses()[0].SerializeAsString())->at(0));
      ASSERT_TRUE(stream->Read(&result));
      instance_->service.Stop();
    }
    InsertResult result;
    EXPECT_FALSE(stream->Read(&result));
    EXPECT_EQ(FromGrpc(stream->Finish()).code(), absl::StatusCode::kCancelled);
  }
}

TEST_F(ReplayServiceTest, UnfinishedChunksAreBoundedAndGivenBackAtTheStreamsEnd) {
  instance_ = std::make_unique<Instance>(
      redis_->url(), "bytes",
      ReplayOptions{.inserts = {.streams = kInsertLimits.streams,
                                .bytes = {.in_all = 100, .per_caller = 4}}});
  for (int i = 0; i < 3; ++i) {
    grpc::ClientContext context;
    PrepareCall(context, absl::Seconds(20));
    const auto stream = instance_->stub->Insert(&context);
    common::v1::Chunk chunk;
    for (const char* data : {"1234", "5"}) {
      chunk.set_data(data);
      stream->Write(chunk);
    }
    InsertResult result;
    EXPECT_FALSE(stream->Read(&result));
    const absl::Status status = FromGrpc(stream->Finish());
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_THAT(std::string(status.message()), HasSubstr("has 4 of at most 4"));
  }
}

TEST_F(ReplayServiceTest, AnInsertStreamWhoseMessageDoesNotEndIsEnded) {
  instance_ =
      std::make_unique<Instance>(redis_->url(), "bytes",
                                 ReplayOptions{.inserts = {.streams = kInsertLimits.streams,
                                                           .unfinished = absl::Milliseconds(50)}});
  grpc::ClientContext context;
  PrepareCall(context, absl::Seconds(20));
  const auto stream = instance_->stub->Insert(&context);
  common::v1::Chunk chunk;
  chunk.set_data("half");
  stream->Write(chunk);
  InsertResult result;
  EXPECT_FALSE(stream->Read(&result));
  EXPECT_EQ(FromGrpc(stream->Finish()).code(), absl::StatusCode::kCancelled);
}

TEST_F(ReplayServiceTest, StoppingEndsALongPoll) {
  StartStep();
  instance_->service.Stop();
  EXPECT_EQ(GetBatch(1).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace hir
