// Stored ledgers: the current format is read from a committed file, any other is refused by its
// number.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "hir/base/file.h"
#include "hir/store/store_fixture.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Words = std::vector<std::string>;

class LedgerFormat : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    const std::string commands =
        *ReadFile(std::string(HIR_SOURCE_DIR "/tests/fixtures/ledger/format_1.redis"));
    for (const absl::string_view line : absl::StrSplit(commands, '\n', absl::SkipEmpty())) {
      if (!absl::StartsWith(line, "#")) Send(absl::StrSplit(line, ' '));
    }
  }

  void Send(const Words& words) {
    RedisClient redis({.address = Address()});
    const auto reply = redis.Command(words);
    ASSERT_TRUE(reply.ok()) << reply.status();
  }

  // The sentence with which a run stored in `format` is refused.
  std::string RefusalOf(const std::string& format) {
    Send({"HSET", "hir:{run.1}", "schema", format});
    const absl::Status status = store_->GetRun(kRun).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    return std::string(status.message());
  }
};

TEST_F(LedgerFormat, OneIsReadWhole) {
  const RunState run = *store_->GetRun(kRun);
  EXPECT_EQ(run.record.config, "seed:1");
  EXPECT_EQ(run.record.lease_duration, absl::Hours(1));
  EXPECT_EQ(run.weights.digest, "w1");
  EXPECT_EQ(store_->ReadManifest(kRun, 1)->value().bytes, "batch-1");
  EXPECT_EQ(store_->ReadManifest(kRun, 1)->value().digest, "d1");
  const std::vector<SampleId> samples = {{0, 0}, {1, 1}};
  EXPECT_THAT(*store_->ReadSamples(kRun, 1, samples), ElementsAre("s00", "s11"));
  const StepState step = *store_->GetStep(kRun, 2);
  EXPECT_FALSE(step.complete);
  EXPECT_EQ(step.inserted, 1u);
  EXPECT_EQ(step.first_insert, absl::FromUnixMillis(1750000002000));
  const RunProgress progress = *store_->GetProgress(kRun);
  EXPECT_EQ(progress.collecting_step, 2);
  EXPECT_EQ(progress.tasks_leased, 1u);
  EXPECT_EQ(progress.sample_bytes, 15u);
}

TEST_F(LedgerFormat, OneCanBeGoneOnWith) {
  EXPECT_FALSE(*store_->CreateRun(kRun, {.config = "seed:1", .tokenizer_digest = "abc"}));
  const std::vector<LeaseToken> leases = {{.task = 2, .token = 1}};
  EXPECT_THAT(*store_->RenewLeases(kRun, leases), ElementsAre(2));
  const LeaseResult leased = Lease(5, {1, 1, "w1"});
  ASSERT_EQ(leased.leases.size(), 1u);
  EXPECT_EQ(leased.leases[0].payload, "task-3");
  EXPECT_TRUE(Insert(2, 1, 2)->task_complete);
  EXPECT_FALSE(Insert(3, 0, 2)->task_complete);
  EXPECT_TRUE(Insert(3, 1, 2)->step_complete);
  EXPECT_TRUE(*store_->Freeze(kRun, 2, {"batch-2", "d2"}));
  EXPECT_EQ(store_->AdvanceVersion(kRun, {1, 2, "w2"}, "d2"), absl::OkStatus());
  EXPECT_EQ(store_->CommitCheckpoint(kRun, {1, 2, "w2"}, 2), absl::OkStatus());
  EXPECT_EQ(store_->GetRun(kRun)->dropped_step, 2);
}

TEST_F(LedgerFormat, AnOlderOneIsRefusedByItsNumber) {
  const std::string refusal = RefusalOf("0");
  EXPECT_THAT(refusal, HasSubstr("run 'run.1' is stored in ledger format 0"));
  EXPECT_THAT(refusal, HasSubstr("reads format 1"));
  EXPECT_THAT(refusal, HasSubstr("--new-ledger"));
}

TEST_F(LedgerFormat, ANewerOneIsRefusedByItsNumber) {
  EXPECT_THAT(RefusalOf("2"), HasSubstr("run 'run.1' is stored in ledger format 2"));
}

TEST_F(LedgerFormat, NothingIsWrittenToAnotherOne) {
  Send({"HSET", "hir:{run.1}", "schema", "2"});
  constexpr auto kRefused = absl::StatusCode::kFailedPrecondition;
  EXPECT_EQ(
      store_->CreateRun(kRun, {.config = "seed:1", .tokenizer_digest = "abc"}).status().code(),
      kRefused);
  EXPECT_EQ(store_->PutTasks(kRun, {Task(9, 3)}).status().code(), kRefused);
  EXPECT_EQ(store_->LeaseTasks(kRun, {.worker = "w:1"}).status().code(), kRefused);
  EXPECT_EQ(Insert(2, 1, 2).status().code(), kRefused);
  EXPECT_EQ(store_->TakeIncarnation(kRun, "l", 0).status().code(), kRefused);
  const std::vector<SampleId> samples = {{0, 0}};
  EXPECT_EQ(store_->ReadSamples(kRun, 1, samples).status().code(), kRefused);
  Send({"HSET", "hir:{run.1}", "schema", "1"});
  EXPECT_EQ(store_->GetProgress(kRun)->samples, 5u);
  EXPECT_EQ(store_->GetProgress(kRun)->tasks, 4u);
}

TEST_F(LedgerFormat, AnotherOneCanBeDeleted) {
  Send({"HSET", "hir:{run.1}", "schema", "0"});
  EXPECT_EQ(store_->DeleteRun(kRun), absl::OkStatus());
  EXPECT_TRUE(*store_->CreateRun(kRun, Record()));
}

// New runs get the number that this program reads.
TEST_F(LedgerFormat, ANewRunHasTheNumberThatIsRead) {
  ASSERT_TRUE(*store_->CreateRun("new", Record()));
  RedisClient redis({.address = Address()});
  EXPECT_EQ(redis.Command(Words{"HGET", "hir:{new}", "schema"})->text, "1");
}

}  // namespace
}  // namespace hir
