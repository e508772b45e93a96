// What every ReplayStore does with runs, tasks, samples, frozen steps and weights.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "hir/store/store_fixture.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = InsertOutcome::Kind;

constexpr absl::StatusCode kPrecondition = absl::StatusCode::kFailedPrecondition;

TEST_P(StoreConformance, CreatingARunTwiceWithOneConfigurationIsOneRun) {
  EXPECT_TRUE(*store_->CreateRun(kRun, Record()));
  EXPECT_FALSE(*store_->CreateRun(kRun, Record()));
  const RunState state = *store_->GetRun(kRun);
  EXPECT_EQ(state.record.config, "seed: 1");
  EXPECT_EQ(state.record.tokenizer_digest, "abc");
  EXPECT_EQ(state.record.lease_duration, absl::Hours(1));
  EXPECT_EQ(state.record.tasks_per_step, 2);
  EXPECT_EQ(state.weights.version, 0);
}

TEST_P(StoreConformance, ARunCannotChangeItsConfigurationOrTokenizer) {
  ASSERT_TRUE(store_->CreateRun(kRun, Record()).ok());
  LedgerRun other = Record();
  other.config = "seed: 2";
  EXPECT_EQ(store_->CreateRun(kRun, other).status().code(), kPrecondition);
  other = Record();
  other.tokenizer_digest = "def";
  EXPECT_THAT(std::string(store_->CreateRun(kRun, other).status().message()),
              HasSubstr("another tokenizer"));
}

TEST_P(StoreConformance, OperationsOnAnUnknownRunAreNotFound) {
  const auto not_found = [](const absl::Status& status) { return absl::IsNotFound(status); };
  EXPECT_TRUE(not_found(store_->ChangeConfig("no", "a", "b")));
  EXPECT_TRUE(not_found(store_->GetRun("no").status()));
  EXPECT_TRUE(not_found(store_->PutTasks("no", {}).status()));
  EXPECT_TRUE(not_found(store_->LeaseTasks("no", {.worker = "w:1"}).status()));
  EXPECT_TRUE(not_found(store_->GiveUp("no", {}).status()));
  EXPECT_TRUE(not_found(store_->RenewLeases("no", {}).status()));
  EXPECT_TRUE(not_found(store_->GetSampleContext("no", {}, {}).status()));
  EXPECT_TRUE(not_found(store_->Insert("no", {}).status()));
  EXPECT_TRUE(not_found(store_->GetStep("no", 1).status()));
  EXPECT_TRUE(not_found(store_->GetStepTasks("no", 1).status()));
  EXPECT_TRUE(not_found(store_->ReadSamples("no", 1, {}).status()));
  EXPECT_TRUE(not_found(store_->Freeze("no", 1, {}).status()));
  EXPECT_TRUE(not_found(store_->ListDigests("no").status()));
  EXPECT_TRUE(not_found(store_->ReadManifest("no", 1).status()));
  EXPECT_TRUE(not_found(store_->TakeIncarnation("no", "l", 0).status()));
  EXPECT_TRUE(not_found(store_->AdvanceVersion("no", {}, "")));
  EXPECT_TRUE(not_found(store_->CommitCheckpoint("no", {}, 0)));
  EXPECT_TRUE(not_found(store_->ListWorkers("no", kWorkerAge).status()));
  EXPECT_TRUE(not_found(store_->GetProgress("no").status()));
  EXPECT_TRUE(not_found(store_->DeleteRun("no")));
}

TEST_P(StoreConformance, NoOperationTakesARunWithoutAProperName) {
  const std::vector<SampleId> keys = {{0, 0}};
  for (const std::string run : {"", ".", "..", "a/b", "a}b"}) {
    EXPECT_EQ(store_->CreateRun(run, Record()).status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(store_->GetRun(run).status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(store_->ReadSamples(run, 1, keys).status().code(),
              absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(store_->DeleteRun(run).code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST_P(StoreConformance, DeletingARunTakesEverythingOfItAndNothingOfOthers) {
  MakeRun(Record());
  ASSERT_TRUE(store_->CreateRun("other", Record()).ok());
  ASSERT_TRUE(store_->PutTasks("other", {Task(0, 1)}).ok());
  ASSERT_TRUE(store_->DeleteRun(kRun).ok());
  EXPECT_EQ(store_->GetRun(kRun).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->DeleteRun(kRun).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->GetProgress("other")->tasks, 1u);
  ASSERT_TRUE(store_->CreateRun(kRun, Record()).ok());
  EXPECT_EQ(store_->GetProgress(kRun)->tasks, 0u);
}

TEST_P(StoreConformance, RunsDoNotSeeEachOther) {
  MakeRun(Record());
  ASSERT_TRUE(store_->CreateRun("other", Record()).ok());
  EXPECT_EQ(store_->GetProgress("other")->tasks, 0u);
}

TEST_P(StoreConformance, PuttingTasksAgainAddsNothing) {
  MakeRun(Record());
  const std::vector<TaskRecord> tasks = {Task(0, 1), Task(1, 1), Task(4, 3)};
  const PutTasksResult result = *store_->PutTasks(kRun, tasks);
  EXPECT_EQ(result.added, 1u);
  EXPECT_EQ(result.existing, 2u);
  EXPECT_EQ(store_->GetProgress(kRun)->tasks, 5u);
}

TEST_P(StoreConformance, ACallThatOverfillsAStepAddsNothing) {
  MakeRun(Record());
  const std::vector<TaskRecord> tasks = {Task(4, 3), Task(5, 2)};
  EXPECT_THAT(std::string(store_->PutTasks(kRun, tasks).status().message()),
              HasSubstr("task 5 is for step 2 of run 'run.1', which has all of its tasks"));
  EXPECT_EQ(store_->GetProgress(kRun)->tasks, 4u);
}

TEST_P(StoreConformance, TheFirstInsertOfASampleWins) {
  MakeRun(Record());
  Lease(2);
  EXPECT_EQ(Insert(0, 1, 1)->kind, Kind::kStored);
  const InsertOutcome again =
      *store_->Insert(kRun, {.task = 0, .sample = 1, .step = 1, .token = 1, .payload = "another"});
  EXPECT_EQ(again.kind, Kind::kDuplicate);
  const std::vector<SampleId> keys = {{0, 1}};
  EXPECT_THAT(*store_->ReadSamples(kRun, 1, keys), ElementsAre(Payload(0, 1)));
  EXPECT_EQ(store_->GetProgress(kRun)->samples, 1u);
}

TEST_P(StoreConformance, TheLastInsertOfATaskAndOfAStepSaysSo) {
  MakeRun(Record());
  Lease(2);
  EXPECT_FALSE(Insert(0, 0, 1)->step_complete);
  EXPECT_TRUE(Insert(0, 1, 1)->task_complete);
  EXPECT_FALSE(Insert(1, 1, 1)->task_complete);
  EXPECT_TRUE(Insert(1, 0, 1)->step_complete);
  const RunProgress progress = *store_->GetProgress(kRun);
  EXPECT_EQ(progress.tasks_completed, 2u);
  EXPECT_EQ(progress.tasks_leased, 0u);
  EXPECT_EQ(progress.collecting.inserted, 4u);
  EXPECT_EQ(progress.collecting.expected, 4u);
  EXPECT_GT(progress.sample_bytes, 0u);
}

TEST_P(StoreConformance, TheContextOfASampleIsItsTaskAndWhatIsKnownOfWeights) {
  MakeRun(Record());
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "l", 0).ok());
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "l", 0).ok());
  ASSERT_TRUE(store_->AdvanceVersion(kRun, {2, 3, "w3"}, "").ok());
  const std::vector<WeightsId> weights = {{2, 3}, {2, 4}, {1, 3}};
  const SampleContext context = *store_->GetSampleContext(kRun, {1, 1}, weights);
  EXPECT_TRUE(context.wanted);
  EXPECT_EQ(context.task_payload, "task 1");
  EXPECT_EQ(context.incarnation, 2u);
  EXPECT_EQ(context.newest.incarnation, 2u);
  EXPECT_EQ(context.newest.version, 3);
  EXPECT_THAT(context.digests, ElementsAre("w3", "", ""));
}

TEST_P(StoreConformance, ASampleIsWantedUntilItIsThereOrItsStepFrozen) {
  const auto wanted = [&](uint64_t task, uint32_t sample) {
    return store_->GetSampleContext(kRun, {task, sample}, {})->wanted;
  };
  MakeRun(Record());
  EXPECT_TRUE(wanted(0, 0));
  EXPECT_FALSE(wanted(0, 2));
  EXPECT_FALSE(wanted(9, 0));
  CompleteStepOne();
  EXPECT_FALSE(wanted(0, 0));
  ASSERT_TRUE(*store_->Freeze(kRun, 1, {"m", "d"}));
  EXPECT_FALSE(wanted(1, 1));
}

TEST_P(StoreConformance, InsertsThatBreakTheTaskAreInvalid) {
  MakeRun(Record());
  Lease(1);
  EXPECT_THAT(std::string(Insert(9, 0, 1).status().message()), HasSubstr("never put"));
  EXPECT_THAT(std::string(Insert(0, 2, 1).status().message()), HasSubstr("asks for 2 samples"));
  EXPECT_THAT(std::string(Insert(0, 0, 2).status().message()), HasSubstr("task is for step 1"));
  EXPECT_THAT(std::string(Insert(0, 0, 1, 2).status().message()), HasSubstr("fencing token 2"));
  EXPECT_EQ(Insert(1, 0, 1).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_P(StoreConformance, AStepFreezesOnceAndForEver) {
  MakeRun(Record());
  EXPECT_EQ(store_->Freeze(kRun, 1, {"early", "d"}).status().code(), kPrecondition);
  EXPECT_EQ(*store_->ReadManifest(kRun, 1), std::nullopt);
  CompleteStepOne();
  EXPECT_TRUE(*store_->Freeze(kRun, 1, {"first", "d1"}));
  EXPECT_FALSE(*store_->Freeze(kRun, 1, {"second", "d2"}));
  EXPECT_EQ((*store_->ReadManifest(kRun, 1))->bytes, "first");
  EXPECT_EQ((*store_->ReadManifest(kRun, 1))->digest, "d1");
  const RunProgress progress = *store_->GetProgress(kRun);
  EXPECT_EQ(progress.newest_frozen_step, 1);
  EXPECT_EQ(progress.collecting_step, 2);
  const std::vector<TaskRecord> more = {Task(7, 1)};
  EXPECT_THAT(std::string(store_->PutTasks(kRun, more).status().message()),
              HasSubstr("frozen already"));
}

TEST_P(StoreConformance, AStepWithoutAllItsTasksIsNotComplete) {
  ASSERT_TRUE(store_->CreateRun(kRun, Record()).ok());
  const std::vector<TaskRecord> half = {Task(0, 1, 1)};
  ASSERT_TRUE(store_->PutTasks(kRun, half).ok());
  Lease(1);
  EXPECT_FALSE(Insert(0, 0, 1)->step_complete);
  EXPECT_FALSE(store_->GetStep(kRun, 1)->complete);
}

TEST_P(StoreConformance, StepTasksComeByNumberWithTheirPayload) {
  ASSERT_TRUE(store_->CreateRun(kRun, Record()).ok());
  const std::vector<TaskRecord> tasks = {Task(10, 1), Task(9, 1)};
  ASSERT_TRUE(store_->PutTasks(kRun, tasks).ok());
  const std::vector<StepTask> step = *store_->GetStepTasks(kRun, 1);
  ASSERT_EQ(step.size(), 2u);
  EXPECT_EQ(step[0].task, 9u);
  EXPECT_EQ(step[1].task, 10u);
  EXPECT_EQ(step[1].payload, "task 10");
  EXPECT_FALSE(step[1].abandoned);
}

TEST_P(StoreConformance, ReadingAMissingSampleIsNotFound) {
  MakeRun(Record());
  const std::vector<SampleId> keys = {{0, 0}};
  EXPECT_EQ(store_->ReadSamples(kRun, 1, keys).status().code(), absl::StatusCode::kNotFound);
}

TEST_P(StoreConformance, AnEarlierIncarnationIsFencedOff) {
  MakeRun(Record());
  EXPECT_EQ(*store_->TakeIncarnation(kRun, "learner:1", 0), 1u);
  ASSERT_TRUE(store_->AdvanceVersion(kRun, {1, 0, "w0"}, "").ok());
  EXPECT_EQ(*store_->TakeIncarnation(kRun, "learner:2", 0), 2u);
  const absl::Status status = store_->AdvanceVersion(kRun, {1, 1, "w1"}, "");
  EXPECT_EQ(status.code(), kPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("incarnation 1 is not the run's newest (2"));
  EXPECT_EQ(store_->CommitCheckpoint(kRun, {1, 0, "w0"}, 0).code(), kPrecondition);
  EXPECT_EQ(store_->AdvanceVersion(kRun, {3, 1, "w1"}, "").code(), kPrecondition);
}

TEST_P(StoreConformance, VersionsRiseWithinAnIncarnationAndMayBeRepeated) {
  MakeRun(Record());
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "l", 0).ok());
  ASSERT_TRUE(store_->AdvanceVersion(kRun, {1, 1, "w1"}, "").ok());
  ASSERT_TRUE(store_->AdvanceVersion(kRun, {1, 2, "w2"}, "").ok());
  EXPECT_TRUE(store_->AdvanceVersion(kRun, {1, 1, "w1"}, "").ok());
  EXPECT_EQ(store_->AdvanceVersion(kRun, {1, 0, "w0"}, "").code(), kPrecondition);
  EXPECT_THAT(std::string(store_->AdvanceVersion(kRun, {1, 2, "x"}, "").message()),
              HasSubstr("another digest"));
  EXPECT_EQ(store_->GetRun(kRun)->weights.version, 2);
  EXPECT_EQ(store_->GetRun(kRun)->weights.digest, "w2");
}

// A version is skipped only when the store has lost acknowledged writes.
TEST_P(StoreConformance, NoVersionOfAnIncarnationIsLeftOut) {
  MakeRun(Record());
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "l", 0).ok());
  ASSERT_TRUE(store_->AdvanceVersion(kRun, {1, 3, "w3"}, "").ok());
  const absl::Status status = store_->AdvanceVersion(kRun, {1, 5, "w5"}, "");
  EXPECT_EQ(status.code(), kPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("version 5"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("version 3"));
  EXPECT_TRUE(store_->AdvanceVersion(kRun, {1, 4, "w4"}, "").ok());
}

TEST_P(StoreConformance, RemembersTheFirstVersionOfALedger) {
  MakeRun(Record());
  EXPECT_EQ(store_->GetRun(kRun)->first_version, 0);
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "l", 0).ok());
  ASSERT_TRUE(store_->AdvanceVersion(kRun, {1, 3, "w3"}, "").ok());
  ASSERT_TRUE(store_->AdvanceVersion(kRun, {1, 4, "w4"}, "").ok());
  EXPECT_EQ(store_->GetRun(kRun)->first_version, 3);
}

TEST_P(StoreConformance, ALedgerThatBeginsLaterFreesTheSamplesOfItsOwnSteps) {
  ASSERT_TRUE(store_->CreateRun(kRun, Record()).ok());
  const std::vector<TaskRecord> tasks = {Task(6, 4, 1), Task(7, 4, 1)};
  ASSERT_TRUE(store_->PutTasks(kRun, tasks).ok());
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "l", 0).ok());
  ASSERT_TRUE(store_->AdvanceVersion(kRun, {1, 3, "w3"}, "").ok());
  ASSERT_EQ(Lease(2, {1, 3, "w3"}).leases.size(), 2u);
  for (const uint64_t task : {6, 7}) ASSERT_TRUE(Insert(task, 0, 4).ok());
  ASSERT_TRUE(store_->Freeze(kRun, 4, {"batch", "digest"}).ok());
  ASSERT_TRUE(store_->AdvanceVersion(kRun, {1, 4, "w4"}, "digest").ok());
  ASSERT_TRUE(store_->CommitCheckpoint(kRun, {1, 4, "w4"}, 4).ok());
  EXPECT_TRUE(store_->GetStep(kRun, 4)->dropped);
  EXPECT_EQ(store_->GetRun(kRun)->dropped_step, 4);
}

TEST_P(StoreConformance, AnIncarnationCanBeTakenAboveThoseOfALostLedger) {
  MakeRun(Record());
  EXPECT_EQ(*store_->TakeIncarnation(kRun, "l", 7), 8u);
  EXPECT_EQ(*store_->TakeIncarnation(kRun, "l", 3), 9u);
}

TEST_P(StoreConformance, ListsTheDigestsOfFrozenSteps) {
  MakeRun(Record());
  EXPECT_TRUE(store_->ListDigests(kRun)->empty());
  CompleteStepOne();
  ASSERT_TRUE(store_->Freeze(kRun, 1, {"batch", "digest"}).ok());
  EXPECT_EQ(*store_->ListDigests(kRun), (std::map<int64_t, std::string>{{1, "digest"}}));
}

TEST_P(StoreConformance, ChangesAConfigurationOnlyIfItIsTheOneThatWasRead) {
  MakeRun(Record());
  EXPECT_EQ(store_->ChangeConfig(kRun, "seed: 2", "seed: 3").code(), kPrecondition);
  EXPECT_TRUE(store_->ChangeConfig(kRun, "seed: 1", "seed: 3").ok());
  EXPECT_EQ(store_->GetRun(kRun)->record.config, "seed: 3");
}

TEST_P(StoreConformance, ANewIncarnationMayGoBackInVersions) {
  MakeRun(Record());
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "l", 0).ok());
  ASSERT_TRUE(store_->AdvanceVersion(kRun, {1, 5, "w5"}, "").ok());
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "l", 0).ok());
  EXPECT_TRUE(store_->AdvanceVersion(kRun, {2, 3, "v3"}, "").ok());
  EXPECT_EQ(store_->GetRun(kRun)->weights.version, 3);
  EXPECT_EQ(store_->GetRun(kRun)->weights.incarnation, 2u);
}

TEST_P(StoreConformance, WeightsMustComeFromTheFrozenBatch) {
  MakeRun(Record());
  CompleteStepOne();
  ASSERT_TRUE(store_->Freeze(kRun, 1, {"batch", "digest"}).ok());
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "l", 0).ok());
  EXPECT_EQ(store_->AdvanceVersion(kRun, {1, 1, "w1"}, "other").code(), kPrecondition);
  EXPECT_TRUE(store_->AdvanceVersion(kRun, {1, 1, "w1"}, "digest").ok());
}

TEST_P(StoreConformance, ACheckpointFreesTheSamplesOfOlderStepsButNotTheirManifest) {
  MakeRun(Record());
  CompleteStepOne();
  ASSERT_TRUE(store_->Freeze(kRun, 1, {"batch", "digest"}).ok());
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "l", 0).ok());
  ASSERT_TRUE(store_->CommitCheckpoint(kRun, {1, 2, "w"}, 2).ok());
  EXPECT_EQ(store_->GetRun(kRun)->checkpoint_version, 2);
  EXPECT_TRUE(store_->GetStep(kRun, 1)->dropped);
  EXPECT_FALSE(store_->GetStep(kRun, 2)->dropped);
  EXPECT_EQ((*store_->ReadManifest(kRun, 1))->bytes, "batch");
  EXPECT_EQ(store_->GetProgress(kRun)->sample_bytes, 0u);
  const std::vector<SampleId> keys = {{0, 0}};
  EXPECT_EQ(store_->ReadSamples(kRun, 1, keys).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Insert(0, 0, 1)->kind, Kind::kDuplicate);
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreConformance,
                         ::testing::Values(StoreKind::kRedis, StoreKind::kModel), StoreName);

}  // namespace
}  // namespace hir
