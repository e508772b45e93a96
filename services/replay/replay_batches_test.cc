// Frozen batches and who reads them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "services/replay/batch_reader.h"
#include "services/replay/replay_service_fixture.h"

namespace hir {
namespace {

using namespace replay::v1;  // NOLINT: the contract under test.
using common::v1::ScoredResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(ReplayServiceTest, FreezesAStepWhenItsLastSampleArrives) {
  StartStep();
  EXPECT_EQ(GetBatch(1, absl::Milliseconds(50)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  ASSERT_TRUE(Insert(Responses()).ok());
  const absl::StatusOr<GetBatchResponse> batch = GetBatch(1);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->rows_size(), 8);
  EXPECT_EQ(batch->facts().originals(), 6u);
  EXPECT_EQ(batch->facts().replayed(), 2u);
  EXPECT_EQ(batch->batch_digest().size(), 64u);
  EXPECT_EQ(Insert({Responses()[0]})->at(0).outcome(), InsertResult::DUPLICATE);
}

TEST_F(ReplayServiceTest, CallsThatWaitForABatchTakeNoThreads) {
  constexpr int kCalls = 400;
  StartStep();
  GetBatchRequest request;
  request.set_run("run");
  request.set_step(1);
  std::vector<grpc::ClientContext> contexts(kCalls);
  std::vector<GetBatchResponse> responses(kCalls);
  absl::BlockingCounter ended(kCalls);
  for (int i = 0; i < kCalls; ++i) {
    PrepareCall(contexts[i], absl::Seconds(60));
    instance_->stub->async()->GetBatch(&contexts[i], &request, &responses[i],
                                       [&ended](const grpc::Status& status) {
                                         EXPECT_TRUE(status.ok()) << status.error_message();
                                         ended.DecrementCount();
                                       });
  }
  std::vector<common::v1::ScoredResponse> scored = Responses();
  const common::v1::ScoredResponse last = scored.back();
  scored.pop_back();
  ASSERT_TRUE(Insert(scored).ok());
  const auto threads = std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                                     std::filesystem::directory_iterator());
  EXPECT_LT(threads, 200);
  ASSERT_TRUE(Insert({last}).ok());
  ended.Wait();
}

TEST_F(ReplayServiceTest, ShardsOfAnyWorldSizeMakeUpTheBatch) {
  StartStep();
  ASSERT_TRUE(Insert(Responses()).ok());
  const GetBatchResponse batch = GetBatch(1).value();
  for (uint32_t world_size : {1, 2, 3}) {
    std::set<uint32_t> seen;
    for (uint32_t rank = 0; rank < world_size; ++rank) {
      const std::vector<TrainingRow> shard = ReadShard(rank, world_size).value();
      for (const TrainingRow& row : shard) {
        EXPECT_TRUE(seen.insert(row.row()).second);
        const BatchRow& expected = batch.rows(static_cast<int>(row.row()));
        EXPECT_EQ(row.task(), expected.task());
        EXPECT_EQ(row.sample(), expected.sample());
        EXPECT_EQ(row.replayed(), expected.replayed());
        EXPECT_EQ(row.prompt_token_ids_size() + row.token_ids_size(),
                  static_cast<int>(expected.tokens()));
      }
    }
    EXPECT_EQ(seen.size(), 8u);
  }
  EXPECT_EQ(ReadShard(2, 2).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ReplayServiceTest, AReplayedRowHasItsParentsTokensAndBothPrompts) {
  StartStep();
  ASSERT_TRUE(Insert(Responses()).ok());
  ASSERT_TRUE(GetBatch(1).ok());
  const std::vector<TrainingRow> rows = ReadShard(0, 1).value();
  const TrainingRow& parent = rows[1];
  const TrainingRow& replayed = rows[2];
  EXPECT_EQ(rows[0].reward(), 1.0);
  EXPECT_EQ(parent.reward(), 0.0);
  EXPECT_EQ(replayed.reward(), 1.0);
  ASSERT_TRUE(replayed.replayed());
  EXPECT_THAT(replayed.token_ids(), ::testing::ElementsAreArray(parent.token_ids()));
  EXPECT_THAT(replayed.original_prompt_token_ids(),
              ::testing::ElementsAreArray(parent.prompt_token_ids()));
  EXPECT_EQ(std::string(replayed.prompt_token_ids().begin(), replayed.prompt_token_ids().end()),
            "|question 0\n\none\ntwo");
  EXPECT_TRUE(parent.original_prompt_token_ids().empty());
}

// As an earlier version stored it, which did not compare the prompts.
TEST_F(ReplayServiceTest, RowsHaveThePromptOfTheirTaskAndNotThatOfItsWorker) {
  StartStep();
  std::vector<ScoredResponse> responses = Responses();
  for (ScoredResponse& scored : responses) {
    scored.mutable_response()->mutable_prompt_token_ids()->Set(0, 99);
  }
  InsertUnseen(responses);
  ASSERT_TRUE(GetBatch(1).ok());
  const std::vector<TrainingRow> rows = ReadShard(0, 1).value();
  ASSERT_EQ(rows.size(), 8u);
  for (const TrainingRow& row : rows) {
    const auto& prompt = row.replayed() ? row.original_prompt_token_ids() : row.prompt_token_ids();
    EXPECT_THAT(prompt, ::testing::ElementsAreArray(
                            leased_.tasks(static_cast<int>(row.task())).prompt_token_ids()));
  }
}

TEST_F(ReplayServiceTest, ReadsAStepForPeople) {
  StartStep();
  ASSERT_TRUE(Insert(Responses()).ok());
  ASSERT_TRUE(GetBatch(1).ok());
  const std::vector<RolloutRecord> records = ReadStep(1).value();
  ASSERT_EQ(records.size(), 6u);
  EXPECT_FALSE(records[0].has_replay());
  EXPECT_TRUE(records[1].has_replay());
  EXPECT_THAT(records[1].replay().kept_constraints(), ElementsAre(0, 1));
  EXPECT_EQ(records[1].replay().rewritten_instruction(), "question 0\n\none\ntwo");
  EXPECT_EQ(records[1].scored().response().text(), "def");
  EXPECT_EQ(records[1].step_tasks(), 2u);
}

// Two groups for step 1, tasks 0 and 1, and two that may replace them.
class DynamicSamplingTest : public ReplayServiceTest {
 protected:
  void Start() {
    config_.rollout.max_resampled_groups = 2;
    ASSERT_TRUE(Create(config_).ok());
    std::vector<Task> tasks;
    for (uint64_t number = 0; number < 4; ++number) {
      tasks.push_back(MakeTask(number, 1));
      tasks.back().set_replacement(number > 1);
    }
    ASSERT_TRUE(Put(tasks).ok());
  }

  // Leases what there is and answers each group by the verdicts of its number.
  void Answer(const std::vector<std::vector<std::string>>& verdicts, bool backwards) {
    for (LeaseTasksResponse leased = Lease(9); leased.tasks_size() > 0; leased = Lease(9)) {
      std::vector<ScoredResponse> responses;
      for (const LeasedTask& task : leased.tasks()) {
        for (uint32_t i = 0; i < 3; ++i) {
          responses.push_back(MakeScored(task, i, verdicts[task.task().task()][i], 0.5));
        }
      }
      if (backwards) std::reverse(responses.begin(), responses.end());
      ASSERT_TRUE(Insert(responses).ok());
    }
  }

  static std::set<uint64_t> TasksOf(const GetBatchResponse& batch) {
    std::set<uint64_t> tasks;
    for (const BatchRow& row : batch.rows()) tasks.insert(row.task());
    return tasks;
  }
};

TEST_F(DynamicSamplingTest, GroupsThatTeachNothingAreReplacedWhateverTheOrderOfResponses) {
  for (const bool backwards : {false, true}) {
    Start();
    Answer({{"ppf", "fff", "fff"}, {"ppp", "ppf", "fff"}, {"ppp", "ppf", "ppu"}, {}}, backwards);
    const absl::StatusOr<GetBatchResponse> batch = GetBatch(1);
    ASSERT_TRUE(batch.ok()) << batch.status();
    EXPECT_THAT(TasksOf(*batch), ElementsAre(1, 2));
    EXPECT_EQ(batch->facts().originals(), 6u);
    EXPECT_EQ(batch->facts().left_out_groups(), 1u);
    EXPECT_EQ(batch->facts().left_out_tokens(), 2u + 3u + 4u);
    EXPECT_EQ(batch->facts().zero_variance_group_ratio(), 0);
    ASSERT_TRUE(instance_->store.DeleteRun("run").ok());
    Restart();
  }
}

// Task 0 failed three times, but not equally: no replacement is released for it.
TEST_F(DynamicSamplingTest, ComparesTheRewardsThatTheRunTrainsWith) {
  config_.objective.reward = {.kind = RewardKind::kCla};
  Start();
  Answer({{"ppf", "fff", "fff"}, {"ppp", "ppf", "fff"}, {}, {}}, false);
  const absl::StatusOr<GetBatchResponse> batch = GetBatch(1);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_THAT(TasksOf(*batch), ElementsAre(0, 1));
  EXPECT_EQ(batch->facts().left_out_groups(), 0u);
}

TEST_F(DynamicSamplingTest, AStepWithoutEnoughGroupsIsFilledUpWithItsFirstOthers) {
  Start();
  const std::vector<std::string> failed = {"ppf", "fff", "fff"};
  Answer({failed, failed, {"ppu", "uuu", "uuu"}, {"ppp", "ppp", "fff"}}, false);
  const absl::StatusOr<GetBatchResponse> batch = GetBatch(1);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_THAT(TasksOf(*batch), ElementsAre(0, 3));
  EXPECT_EQ(batch->facts().left_out_groups(), 2u);
}

TEST_F(DynamicSamplingTest, GroupsLeftOutAreReadWithTheReasonAfterTheBatch) {
  Start();
  const std::vector<std::string> taught = {"ppp", "ppf", "fff"};
  Answer({{"ppf", "fff", "fff"}, {"ppu", "uuu", "uuu"}, taught, taught}, false);
  ASSERT_TRUE(GetBatch(1).ok());
  const std::vector<RolloutRecord> records = ReadStep(1).value();
  ASSERT_EQ(records.size(), 12u);
  std::vector<std::string> reasons;
  std::vector<uint64_t> tasks;
  for (const RolloutRecord& record : records) {
    EXPECT_EQ(record.step_tasks(), 4u);
    tasks.push_back(record.scored().response().id().task());
    reasons.push_back(record.left_out());
  }
  EXPECT_THAT(tasks, ElementsAre(2, 2, 2, 3, 3, 3, 0, 0, 0, 1, 1, 1));
  EXPECT_EQ(reasons[0], "");
  EXPECT_EQ(reasons[6], "equal_rewards");
  EXPECT_EQ(reasons[11], "unknown_rewards");
  EXPECT_TRUE(records[1].has_replay());
}

TEST_F(ReplayServiceTest, ARecordTellsWhereItsReplayedRowComesFrom) {
  StartStep();
  ASSERT_TRUE(Insert(Responses()).ok());
  const GetBatchResponse batch = GetBatch(1).value();
  const RolloutRecord record = ReadStep(1)->at(1);
  EXPECT_EQ(record.replay().SerializeAsString(), batch.rows(2).SerializeAsString());
  EXPECT_EQ(record.replay().verifier_build(), "test");
  EXPECT_GT(record.replay().diversity_nats(), 0);
}

TEST_F(ReplayServiceTest, ABatchOfAnotherSchemaIsRefused) {
  StartStep();
  InsertUnseen(Responses());
  FrozenBatch old;
  old.set_schema_version(1);
  const Manifest manifest = {.bytes = old.SerializeAsString(), .digest = "digest"};
  ASSERT_TRUE(instance_->store.Freeze("run", 1, manifest).value());
  const absl::Status status = GetBatch(1).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the stored batch has schema 1"));
}

TEST_F(ReplayServiceTest, ALearnersWritesAreFencedByIncarnation) {
  StartStep();
  ASSERT_TRUE(Insert(Responses()).ok());
  const std::string digest = GetBatch(1)->batch_digest();
  TakeIncarnationRequest take;
  take.set_run("run");
  take.set_learner("127.0.0.1:2");
  TakeIncarnationResponse taken;
  ASSERT_TRUE(Call(&Replay::Stub::TakeIncarnation, take, &taken).ok());
  AdvanceVersionRequest advance;
  advance.mutable_weights()->set_run("run");
  advance.mutable_weights()->set_incarnation(taken.incarnation());
  AdvanceVersionResponse advanced;
  EXPECT_TRUE(Call(&Replay::Stub::AdvanceVersion, advance, &advanced).ok());
  advance.mutable_weights()->set_version(1);
  advance.mutable_weights()->set_digest("w1");
  advance.set_batch_digest(digest);
  EXPECT_TRUE(Call(&Replay::Stub::AdvanceVersion, advance, &advanced).ok());
  EXPECT_TRUE(Call(&Replay::Stub::AdvanceVersion, advance, &advanced).ok());
  EXPECT_EQ(Lease(1).fetch_at_least().version(), 1);
  EXPECT_EQ(Lease(1).learner(), "127.0.0.1:2");
  ASSERT_TRUE(Call(&Replay::Stub::TakeIncarnation, take, &taken).ok());
  EXPECT_EQ(Call(&Replay::Stub::AdvanceVersion, advance, &advanced).code(),
            absl::StatusCode::kFailedPrecondition);
  CommitCheckpointRequest commit;
  *commit.mutable_weights() = advance.weights();
  commit.set_oldest_kept_version(1);
  CommitCheckpointResponse committed;
  EXPECT_EQ(Call(&Replay::Stub::CommitCheckpoint, commit, &committed).code(),
            absl::StatusCode::kFailedPrecondition);
  commit.mutable_weights()->set_incarnation(2);
  EXPECT_TRUE(Call(&Replay::Stub::CommitCheckpoint, commit, &committed).ok());
  EXPECT_TRUE(ReadShard(0, 1).ok());  // Step 1 is among the newest, which readers may still want.
  commit.mutable_weights()->set_version(17);
  commit.set_oldest_kept_version(17);
  EXPECT_TRUE(Call(&Replay::Stub::CommitCheckpoint, commit, &committed).ok());
  EXPECT_EQ(ReadShard(0, 1).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(GetBatch(1)->batch_digest(), digest);
}

TEST_F(ReplayServiceTest, AStepGoesOnWithoutAnAbandonedTaskWhoseSamplesAreUnwanted) {
  config_.rollout.max_attempts = 1;
  StartStep();
  const auto& leases = leased_.tasks();
  ASSERT_TRUE(Insert({MakeScored(leases[0], 0, "ppp", 0.5), MakeScored(leases[0], 1, "ppf", 0.5),
                      MakeScored(leases[0], 2, "fff", 0.5)})
                  .ok());
  ExpireLease(1);
  Lease(0);
  const absl::StatusOr<GetBatchResponse> batch = GetBatch(1);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->facts().originals(), 3u);
  EXPECT_EQ(batch->facts().abandoned_tasks(), 1u);
  EXPECT_EQ(ReadStep(1)->at(0).step_tasks(), 2u);  // It had its share of what is replayed.
  EXPECT_EQ(Insert({MakeScored(leases[1], 0, "ppp", 0.5)})->at(0).outcome(),
            InsertResult::UNWANTED);
}

TEST_F(ReplayServiceTest, ABatchSaysWhyItsWorkersGaveTheirTasksUp) {
  config_.rollout.max_attempts = 1;
  StartStep();
  RenewLeasesRequest request;
  request.set_run("run");
  for (const LeasedTask& task : leased_.tasks()) {
    RenewLeasesRequest::Lease& lease = *request.add_leases();
    lease.set_task(task.task().task());
    lease.set_fencing_token(task.fencing_token());
    lease.set_given_up("the logits are not finite");
  }
  RenewLeasesResponse response;
  ASSERT_TRUE(Call(&Replay::Stub::RenewLeases, request, &response).ok());
  EXPECT_EQ(response.renewed_tasks_size(), 0);
  const absl::StatusOr<GetBatchResponse> batch = GetBatch(1);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->rows_size(), 0);
  EXPECT_EQ(batch->facts().abandon_reason(), "the logits are not finite");
}

TEST_F(ReplayServiceTest, ListsTheDigestsOfItsBatches) {
  StartStep();
  ASSERT_TRUE(Insert(Responses()).ok());
  const std::string digest = GetBatch(1)->batch_digest();
  ListBatchesRequest request;
  request.set_run("run");
  ListBatchesResponse response;
  ASSERT_TRUE(Call(&Replay::Stub::ListBatches, request, &response).ok());
  ASSERT_EQ(response.batches_size(), 1);
  EXPECT_EQ(response.batches(0).step(), 1);
  EXPECT_EQ(response.batches(0).batch_digest(), digest);
}

// Nobody asks for its batch, and an earlier step is still collecting.
TEST_F(ReplayServiceTest, AnAbandonedTaskFreezesItsOwnStep) {
  config_.rollout.max_attempts = 1;
  config_.rollout.max_staleness = 1;
  ASSERT_TRUE(Create(config_).ok());
  ASSERT_TRUE(Put({MakeTask(0, 1), MakeTask(1, 1), MakeTask(2, 2), MakeTask(3, 2)}).ok());
  leased_ = Lease(4);
  ASSERT_EQ(leased_.tasks_size(), 4);
  for (uint32_t i = 0; i < 3; ++i) {
    ScoredResponse scored = MakeScored(leased_.tasks(2), i, "ppf", 0.5);
    scored.mutable_response()->mutable_versions(0)->mutable_weights()->set_version(0);
    ASSERT_EQ(Insert({scored})->at(0).outcome(), InsertResult::STORED);
  }
  ExpireLease(3);
  Lease(0);
  const absl::Time end = absl::Now() + absl::Seconds(20);
  while (Progress().newest_frozen_step() < 2 && absl::Now() < end) {
  }
  EXPECT_EQ(Progress().newest_frozen_step(), 2);
  EXPECT_EQ(Progress().collecting_step(), 1);
}

TEST_F(ReplayServiceTest, ReadingAStepThatIsNotFrozenIsRefused) {
  StartStep();
  EXPECT_EQ(ReadStep(1).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace hir
