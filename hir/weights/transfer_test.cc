#include "hir/weights/transfer.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/domain/wire/ids.h"
#include "hir/fakes/fake_learner.h"
#include "hir/fakes/fake_rollout.h"
#include "hir/fakes/in_process_server.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/status.h"

namespace hir {
namespace {

using rollout::v1::UpdateWeightsRequest;
using ::testing::HasSubstr;

PackedWeights Weights(int64_t floats) {
  PackedWeights weights;
  weights.tensors = {{"a", "F32", {floats - 2}}, {"b", "F32", {2}}};
  weights.bytes.resize(floats * 4);
  for (size_t i = 0; i < weights.bytes.size(); ++i)
    weights.bytes[i] = static_cast<char>((i * 2654435761u) >> 13);
  return weights;
}

WeightsId Version(const PackedWeights& weights) { return {2, 5, WeightsDigest(weights), "run"}; }

std::vector<UpdateWeightsRequest> Messages(const PackedWeights& weights) {
  std::vector<UpdateWeightsRequest> messages;
  EXPECT_TRUE(SendWeights(weights, Version(weights), [&](const UpdateWeightsRequest& message) {
                messages.push_back(message);
                return true;
              }).ok());
  return messages;
}

absl::StatusOr<ReceivedWeights> Receive(const std::vector<UpdateWeightsRequest>& messages,
                                        uint64_t max_bytes = 1 << 30) {
  WeightsReceiver receiver(max_bytes);
  for (const UpdateWeightsRequest& message : messages) {
    if (absl::Status status = receiver.Add(message); !status.ok()) return status;
  }
  return receiver.Finish();
}

TEST(SendWeights, SendsTheManifestAndPiecesOfOneMebibyte) {
  const std::vector<UpdateWeightsRequest> messages = Messages(Weights(300000));
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_TRUE(messages[0].has_manifest());
  EXPECT_EQ(messages[1].data().size(), size_t{1} << 20);
  EXPECT_EQ(messages[2].data().size(), size_t{1200000} - (1 << 20));
}

TEST(SendWeights, ReportsABrokenStream) {
  const PackedWeights weights = Weights(10);
  EXPECT_EQ(SendWeights(weights, Version(weights), [](const auto&) { return false; }).code(),
            absl::StatusCode::kUnavailable);
}

TEST(WeightsReceiver, GivesBackWhatWasSent) {
  const PackedWeights weights = Weights(300000);
  const ReceivedWeights received = Receive(Messages(weights)).value();
  EXPECT_EQ(received.version, Version(weights));
  EXPECT_EQ(received.weights.tensors, weights.tensors);
  EXPECT_EQ(received.weights.bytes, weights.bytes);
}

// So that nobody who serves them hashes them again.
TEST(WeightsReceiver, ItsWeightsHaveAKnownDigest) {
  const PackedWeights weights = Weights(100);
  const ReceivedWeights received = Receive(Messages(weights)).value();
  EXPECT_EQ(received.weights.known_digest, WeightsDigest(weights));
}

TEST(WeightsReceiver, GivesBackTheProbe) {
  PackedWeights weights = Weights(100);
  weights.probe = {{3, 1, 4}, {-1.5f, -0.25f}};
  const ReceivedWeights received = Receive(Messages(weights)).value();
  EXPECT_EQ(received.weights.probe.tokens, weights.probe.tokens);
  EXPECT_EQ(received.weights.probe.log_probabilities, weights.probe.log_probabilities);
}

TEST(WeightsReceiver, RefusesAProbeWithoutALogprobForEachTokenButTheFirst) {
  PackedWeights weights = Weights(100);
  weights.probe = {{3, 1, 4}, {-1.5f}};
  const absl::Status status = Receive(Messages(weights)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("3 token_ids and 1 logprobs"));
  weights.probe.tokens.assign(kMaxProbeTokens + 1, 0);
  weights.probe.log_probabilities.assign(kMaxProbeTokens, -1.0f);
  EXPECT_EQ(Receive(Messages(weights)).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(WeightsReceiver, RefusesAFlippedBitAndNamesBothDigests) {
  const PackedWeights weights = Weights(100);
  std::vector<UpdateWeightsRequest> messages = Messages(weights);
  PackedWeights flipped = weights;
  flipped.bytes[17] ^= 4;
  messages[1].set_data(flipped.bytes);
  const absl::Status status = Receive(messages).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr(ShortDigest(WeightsDigest(weights))));
  EXPECT_THAT(std::string(status.message()), HasSubstr(ShortDigest(WeightsDigest(flipped))));
}

TEST(WeightsReceiver, RefusesAMissingPiece) {
  std::vector<UpdateWeightsRequest> messages = Messages(Weights(300000));
  messages.pop_back();
  EXPECT_EQ(Receive(messages).status().code(), absl::StatusCode::kDataLoss);
}

TEST(WeightsReceiver, RefusesSwappedPieces) {
  std::vector<UpdateWeightsRequest> messages = Messages(Weights(600000));
  std::swap(messages[1], messages[2]);
  EXPECT_EQ(Receive(messages).status().code(), absl::StatusCode::kDataLoss);
}

TEST(WeightsReceiver, RefusesMoreBytesThanAnnounced) {
  std::vector<UpdateWeightsRequest> messages = Messages(Weights(100));
  messages.push_back(messages.back());
  EXPECT_EQ(Receive(messages).status().code(), absl::StatusCode::kDataLoss);
}

TEST(WeightsReceiver, RefusesDataBeforeTheManifest) {
  std::vector<UpdateWeightsRequest> messages = Messages(Weights(100));
  messages.erase(messages.begin());
  EXPECT_EQ(Receive(messages).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(WeightsReceiver, RefusesAManifestBeyondItsLimit) {
  EXPECT_EQ(Receive(Messages(Weights(100)), 399).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(WeightsReceiver, RefusesAManifestWhoseSizesOverflow) {
  std::vector<UpdateWeightsRequest> messages = Messages(Weights(100));
  for (int i = 0; i < 4; ++i)
    messages[0].mutable_manifest()->mutable_tensors(0)->add_shape(1 << 30);
  EXPECT_EQ(Receive(messages).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(WeightsReceiver, RefusesAnEmptyStream) {
  EXPECT_EQ(Receive({}).status().code(), absl::StatusCode::kDataLoss);
}

// Reads the messages of a committed file, which have a digest of format 1.
std::vector<UpdateWeightsRequest> RecordedMessages() {
  std::vector<UpdateWeightsRequest> messages;
  const std::string text = *ReadFile(HIR_SOURCE_DIR "/tests/fixtures/weights/format_1.txtpb");
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    if (absl::StartsWith(line, "#")) continue;
    EXPECT_TRUE(
        google::protobuf::TextFormat::ParseFromString(std::string(line), &messages.emplace_back()))
        << line;
  }
  return messages;
}

TEST(WeightsDigestFormat, OneIsTakenWholeAndComputedAlike) {
  const absl::StatusOr<ReceivedWeights> received = Receive(RecordedMessages());
  ASSERT_TRUE(received.ok()) << received.status();
  EXPECT_EQ(received->version.version, 5);
  EXPECT_EQ(received->weights.bytes.size(), 24u);
}

TEST(WeightsDigestFormat, AnotherOneIsRefusedByItsNumberWhateverTheDigest) {
  std::vector<UpdateWeightsRequest> messages = RecordedMessages();
  messages[0].mutable_manifest()->set_digest_format(2);
  messages[0].mutable_manifest()->mutable_weights()->set_digest("of another rule");
  const absl::Status status = Receive(messages).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("the weights of version 5 are named by a digest of format 2"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("this program computes format 1"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("from the same version of HiR"));
}

TEST(WeightsDigestFormat, EachManifestHasTheNumberThatIsRead) {
  EXPECT_EQ(Messages(Weights(100))[0].manifest().digest_format(), 1u);
}

class TransferOverGrpc : public testing::Test {
 protected:
  TransferOverGrpc() {
    worker_.SetReceiver([this](auto& reader, auto& response) { return Receive(reader, response); });
    learner_.SetSender([this](grpc::ServerWriter<UpdateWeightsRequest>& writer) {
      return ToGrpc(SendWeights(newest_, newest_id_,
                                [&](const UpdateWeightsRequest& m) { return writer.Write(m); }));
    });
  }

  // Like a real worker.
  grpc::Status Receive(grpc::ServerReader<UpdateWeightsRequest>& reader,
                       rollout::v1::UpdateWeightsResponse& response) {
    WeightsReceiver receiver(uint64_t{1} << 30);
    UpdateWeightsRequest message;
    while (reader.Read(&message)) {
      if (absl::Status status = receiver.Add(message); !status.ok()) return ToGrpc(status);
    }
    auto received = receiver.Finish();
    if (!received.ok()) return ToGrpc(received.status());
    *response.mutable_serving() = ToProto(received->version);
    if (!served_digest_.empty()) response.mutable_serving()->set_digest(served_digest_);
    return grpc::Status::OK;
  }

  absl::StatusOr<WeightsId> Push(const PackedWeights& weights, const WeightsId& version) {
    rollout::v1::Rollout::Stub stub(channel_);
    grpc::ClientContext context;
    PrepareCall(context, absl::Seconds(20));
    return PushWeights(stub, weights, version, context);
  }

  std::string served_digest_;  // Not empty: the worker answers with this digest.
  PackedWeights newest_;       // The learner's newest weights.
  WeightsId newest_id_;
  FakeRollout worker_;
  FakeLearner learner_;
  InProcessServer server_{{&worker_, &learner_}};
  std::shared_ptr<grpc::Channel> channel_ = server_.channel();
};

TEST_F(TransferOverGrpc, PushReturnsWhatTheWorkerServes) {
  const PackedWeights weights = Weights(700000);
  const auto serving = Push(weights, Version(weights));
  ASSERT_TRUE(serving.ok()) << serving.status();
  EXPECT_EQ(*serving, Version(weights));
}

TEST_F(TransferOverGrpc, PushIsRefusedWhenTheDigestIsWrong) {
  const PackedWeights weights = Weights(100);
  WeightsId version = Version(weights);
  version.digest[0] ^= 1;
  EXPECT_EQ(Push(weights, version).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(TransferOverGrpc, PushNoticesAWorkerThatServesSomethingElse) {
  const PackedWeights weights = Weights(100);
  served_digest_ = std::string(32, 'x');
  EXPECT_EQ(Push(weights, Version(weights)).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(TransferOverGrpc, FetchGetsTheNewestWeights) {
  newest_ = Weights(700000);
  newest_id_ = Version(newest_);
  learner::v1::Learner::Stub stub(channel_);
  grpc::ClientContext context;
  PrepareCall(context, absl::Seconds(20));
  const auto fetched = FetchWeights(stub, "run", uint64_t{4} << 20, context);
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  EXPECT_EQ(fetched->version, newest_id_);
  EXPECT_EQ(fetched->weights.bytes, newest_.bytes);
}

TEST_F(TransferOverGrpc, FetchRefusesMoreThanTheModelCanTake) {
  newest_ = Weights(700000);
  newest_id_ = Version(newest_);
  learner::v1::Learner::Stub stub(channel_);
  grpc::ClientContext context;
  PrepareCall(context, absl::Seconds(20));
  EXPECT_EQ(FetchWeights(stub, "run", uint64_t{1} << 20, context).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(MaxWeightsBytes, HoldsTheParametersAsF32) {
  const Architecture architecture{.vocab_size = 1000,
                                  .hidden_size = 64,
                                  .layers = 2,
                                  .heads = 4,
                                  .kv_heads = 2,
                                  .head_dim = 16,
                                  .intermediate_size = 128};
  const uint64_t bytes = MaxWeightsBytes(architecture);
  EXPECT_GE(bytes, 4 * static_cast<uint64_t>(ParameterCount(architecture)));
  EXPECT_LE(bytes, 4 * static_cast<uint64_t>(ParameterCount(architecture)) + (2 << 20));
}

}  // namespace
}  // namespace hir
