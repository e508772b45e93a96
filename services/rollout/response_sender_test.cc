#include "services/rollout/response_sender.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/fakes/fake_verifier.h"
#include "hir/fakes/in_process_server.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

common::v1::Response ResponseOf(uint64_t task, uint32_t sample, size_t text_bytes = 3) {
  common::v1::Response response;
  response.mutable_id()->set_run("run");
  response.mutable_id()->set_task(task);
  response.mutable_id()->set_sample(sample);
  response.set_text(std::string(text_bytes, 'x'));
  return response;
}

class ResponseSenderTest : public testing::Test {
 protected:
  ResponseSenderTest()
      : server_({&verifier_}),
        stub_(server_.channel()),
        metrics_(registry_),
        sender_(
            stub_, {.retry = {.initial = absl::Milliseconds(1), .max = absl::Milliseconds(5)}},
            metrics_, [this](const common::v1::SampleId& id) { Count(id, acknowledged_); },
            [this](const common::v1::SampleId& id, const std::string&) { Count(id, refused_); }) {}

  using Counts = std::map<std::pair<uint64_t, uint32_t>, int>;

  void Count(const common::v1::SampleId& id, Counts& counts) {
    absl::MutexLock lock(&mu_);
    ++counts[{id.task(), id.sample()}];
  }

  std::string Metrics() const {
    return prometheus::TextSerializer().Serialize(registry_.Collect());
  }

  FakeVerifier verifier_;
  InProcessServer server_;
  verifier::v1::Verifier::Stub stub_;
  absl::Mutex mu_;
  Counts acknowledged_;
  Counts refused_;
  prometheus::Registry registry_;
  RolloutMetrics metrics_;
  ResponseSender sender_;
};

TEST_F(ResponseSenderTest, KeepsAResponseUntilItIsAcknowledged) {
  verifier_.SetAcknowledging(false);
  sender_.Start();
  sender_.Send(ResponseOf(1, 0));
  ASSERT_TRUE(verifier_.AwaitReceived(1));
  EXPECT_EQ(sender_.unacknowledged(), 1);
  EXPECT_FALSE(sender_.AwaitEmpty(absl::ZeroDuration()));
}

TEST_F(ResponseSenderTest, ReportsEveryAcknowledgementOnce) {
  sender_.Start();
  for (uint32_t sample = 0; sample < 20; ++sample) sender_.Send(ResponseOf(7, sample));
  EXPECT_TRUE(sender_.AwaitEmpty(kPatience));
  sender_.Stop();
  EXPECT_EQ(acknowledged_.size(), 20u);
  for (const auto& [id, count] : acknowledged_) EXPECT_EQ(count, 1);
  EXPECT_EQ(verifier_.streams(), 1);
}

TEST_F(ResponseSenderTest, SendsAgainAfterABrokenStream) {
  verifier_.BreakNext(3);
  sender_.Start();
  for (uint32_t sample = 0; sample < 5; ++sample) sender_.Send(ResponseOf(7, sample));
  EXPECT_TRUE(sender_.AwaitEmpty(kPatience));
  EXPECT_EQ(verifier_.streams(), 4);
  EXPECT_GE(verifier_.received().size(), 8u);
  EXPECT_THAT(Metrics(), HasSubstr("hir_rollout_errors_total{code=\"UNAVAILABLE\"} 3"));
}

TEST_F(ResponseSenderTest, GivesUpWhatIsRefusedAndGoesOn) {
  verifier_.Refuse(7, 0, "no logprobs");
  sender_.Start();
  for (uint32_t sample = 0; sample < 3; ++sample) sender_.Send(ResponseOf(7, sample));
  EXPECT_TRUE(sender_.AwaitEmpty(kPatience));
  sender_.Stop();
  EXPECT_EQ(refused_, (Counts{{{7, 0}, 1}}));
  EXPECT_EQ(acknowledged_, (Counts{{{7, 1}, 1}, {{7, 2}, 1}}));
  EXPECT_EQ(verifier_.streams(), 1);
  EXPECT_THAT(Metrics(), HasSubstr("hir_rollout_errors_total{code=\"INVALID_ARGUMENT\"} 1"));
}

TEST_F(ResponseSenderTest, GivesUpWhatIsTooLargeToSend) {
  sender_.Start();
  sender_.Send(ResponseOf(7, 0, kMaxMessageBytes));
  sender_.Send(ResponseOf(7, 1));
  EXPECT_TRUE(sender_.AwaitEmpty(kPatience));
  sender_.Stop();
  EXPECT_EQ(refused_, (Counts{{{7, 0}, 1}}));
  EXPECT_EQ(acknowledged_, (Counts{{{7, 1}, 1}}));
}

TEST_F(ResponseSenderTest, SendsLargeResponsesInPieces) {
  sender_.Start();
  sender_.Send(ResponseOf(3, 1, 3 << 20));
  ASSERT_TRUE(sender_.AwaitEmpty(kPatience));
  EXPECT_EQ(verifier_.received()[0].text().size(), size_t{3} << 20);
}

TEST_F(ResponseSenderTest, StopEndsAStreamThatWaits) {
  verifier_.SetAcknowledging(false);
  sender_.Start();
  sender_.Send(ResponseOf(1, 0));
  ASSERT_TRUE(verifier_.AwaitReceived(1));
  sender_.Stop();
  EXPECT_EQ(sender_.unacknowledged(), 1);
}

}  // namespace
}  // namespace hir
