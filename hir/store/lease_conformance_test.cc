// What every ReplayStore does with leases: which worker gets which task when, and what happens to
// lost leases.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hir/store/store_fixture.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = InsertOutcome::Kind;

class LeaseConformance : public StoreConformance {};

std::vector<uint64_t> Tasks(const LeaseResult& result) {
  std::vector<uint64_t> tasks;
  for (const TaskLease& lease : result.leases) tasks.push_back(lease.task);
  return tasks;
}

// Leases that expire as soon as they are granted.
LedgerRun ExpiringAtOnce() {
  return {.config = "c",
          .lease_duration = absl::ZeroDuration(),
          .max_attempts = 3,
          .tasks_per_step = 2};
}

TEST_P(LeaseConformance, LeasesComeByStepThenNumberWithWhatIsMissing) {
  MakeRun(Record());
  const LeaseResult result = Lease(1);
  ASSERT_EQ(result.leases.size(), 1u);
  EXPECT_EQ(result.leases[0].task, 0u);
  EXPECT_EQ(result.leases[0].token, 1u);
  EXPECT_EQ(result.leases[0].payload, "task 0");
  EXPECT_THAT(result.leases[0].missing_samples, ElementsAre(0, 1));
  EXPECT_EQ(result.lease_duration, absl::Hours(1));
  EXPECT_GT(result.leases[0].expires_at, store_->GetStep(kRun, 1)->now);
  EXPECT_THAT(Tasks(Lease(5)), ElementsAre(1));
}

TEST_P(LeaseConformance, ALeasedTaskIsNotLeasedAgain) {
  MakeRun(Record());
  Lease(5);
  EXPECT_THAT(Lease(5, {}, "w:2").leases, IsEmpty());
  EXPECT_EQ(store_->GetProgress(kRun)->tasks_leased, 2u);
}

TEST_P(LeaseConformance, AdmissionBoundsStaleness) {
  LedgerRun record = Record();
  record.max_staleness = 1;
  MakeRun(record);
  EXPECT_THAT(Tasks(Lease(9)), ElementsAre(0, 1, 2, 3));
}

TEST_P(LeaseConformance, EachWorkerGetsAnEqualShare) {
  LedgerRun record = Record();
  record.max_staleness = 1;
  MakeRun(record);
  Lease(0, {}, "w:2");
  EXPECT_THAT(Tasks(Lease(9)), ElementsAre(0, 1));
  EXPECT_THAT(Tasks(Lease(9)), IsEmpty());
  EXPECT_THAT(Tasks(Lease(1, {}, "w:2")), ElementsAre(2));
  EXPECT_THAT(Tasks(Lease(9, {}, "w:2")), ElementsAre(3));
}

TEST_P(LeaseConformance, AShareIsRoundedUp) {
  MakeRun(Record());
  for (const char* worker : {"w:2", "w:3", "w:4"}) Lease(0, {}, worker);
  EXPECT_THAT(Tasks(Lease(9, {}, "w:3")), ElementsAre(0));
  EXPECT_THAT(Tasks(Lease(9)), ElementsAre(1));
}

TEST_P(LeaseConformance, WhatAWorkerHasFinishedMakesRoomInItsShare) {
  MakeRun(Record());
  Lease(0, {}, "w:2");
  EXPECT_THAT(Tasks(Lease(9)), ElementsAre(0));
  for (const uint32_t sample : {0, 1}) ASSERT_TRUE(Insert(0, sample, 1).ok());
  EXPECT_THAT(Tasks(Lease(9)), ElementsAre(1));
}

TEST_P(LeaseConformance, AWorkerThatIsNotListedGetsWhatItAsksFor) {
  MakeRun(Record());
  Lease(0);
  Lease(0, {}, "w:2");
  EXPECT_THAT(Tasks(Lease(9, {}, "")), ElementsAre(0, 1));
}

TEST_P(LeaseConformance, AWorkerWithOldWeightsIsToldWhatToFetch) {
  MakeRun(Record());
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "learner:7", 0).ok());
  Lease(2);
  EXPECT_EQ(Lease(2).fetch_at_least, std::nullopt);  // Version 1 does not exist yet.
  ASSERT_TRUE(store_->AdvanceVersion(kRun, {1, 1, "w1"}, "").ok());
  const LeaseResult result = Lease(2);
  EXPECT_THAT(result.leases, IsEmpty());
  ASSERT_TRUE(result.fetch_at_least.has_value());
  EXPECT_EQ(result.fetch_at_least->incarnation, 1u);
  EXPECT_EQ(result.fetch_at_least->version, 1);
  EXPECT_EQ(result.fetch_at_least->digest, "w1");
  EXPECT_EQ(result.learner, "learner:7");
  EXPECT_THAT(Tasks(Lease(2, {1, 1, "w1"})), ElementsAre(2, 3));
}

TEST_P(LeaseConformance, AnIdleWorkerIsToldOfTheNewestWeightsThoughNoTaskWaits) {
  MakeRun(Record());
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "learner:7", 0).ok());
  ASSERT_TRUE(store_->AdvanceVersion(kRun, {1, 2, "w2"}, "").ok());
  ASSERT_EQ(Lease(4, {1, 2, "w2"}).leases.size(), 4u);
  const LeaseResult restarted = Lease(1);
  ASSERT_TRUE(restarted.fetch_at_least.has_value());
  EXPECT_EQ(restarted.fetch_at_least->incarnation, 1u);
  EXPECT_EQ(restarted.fetch_at_least->version, 2);
  EXPECT_EQ(restarted.fetch_at_least->digest, "w2");
  EXPECT_EQ(Lease(1, {1, 2, "w2"}).fetch_at_least, std::nullopt);
  EXPECT_EQ(Lease(1, {1, 3, "pushed before it was recorded"}).fetch_at_least, std::nullopt);
}

TEST_P(LeaseConformance, AWorkerThatGotTasksIsNotToldToFetch) {
  LedgerRun record = Record();
  record.max_staleness = 1;
  MakeRun(record);
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "learner:7", 0).ok());
  ASSERT_TRUE(store_->AdvanceVersion(kRun, {1, 1, "w1"}, "").ok());
  const LeaseResult result = Lease(1);
  EXPECT_EQ(result.leases.size(), 1u);
  EXPECT_EQ(result.fetch_at_least, std::nullopt);
}

TEST_P(LeaseConformance, WeightsOfADeadLearnerGetNoTasks) {
  MakeRun(Record());
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "l", 0).ok());
  ASSERT_TRUE(store_->AdvanceVersion(kRun, {1, 1, "old"}, "").ok());
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "l", 0).ok());
  ASSERT_TRUE(store_->AdvanceVersion(kRun, {2, 1, "new"}, "").ok());
  const LeaseResult result = Lease(2, {1, 1, "old"});
  EXPECT_THAT(result.leases, IsEmpty());
  ASSERT_TRUE(result.fetch_at_least.has_value());
  EXPECT_EQ(result.fetch_at_least->incarnation, 2u);
  EXPECT_THAT(Tasks(Lease(2, {2, 1, "new"})), ElementsAre(0, 1));
}

TEST_P(LeaseConformance, EqualWeightsOfAnEarlierIncarnationAreGoodEnough) {
  MakeRun(Record());
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "l", 0).ok());
  ASSERT_TRUE(store_->AdvanceVersion(kRun, {1, 0, "folder"}, "").ok());
  EXPECT_THAT(Tasks(Lease(2, {0, 0, "folder"})), ElementsAre(0, 1));
}

TEST_P(LeaseConformance, AWorkerWithAnotherModelFolderGetsNoTasks) {
  MakeRun(Record());
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "l", 0).ok());
  ASSERT_TRUE(store_->AdvanceVersion(kRun, {1, 0, "folder"}, "").ok());
  const LeaseResult result = Lease(2, {0, 0, "another"});
  EXPECT_THAT(result.leases, IsEmpty());
  EXPECT_TRUE(result.fetch_at_least.has_value());
}

TEST_P(LeaseConformance, RenewingNeedsTheNewestToken) {
  MakeRun(ExpiringAtOnce());
  Lease(1);
  const LeaseResult second = Lease(1, {}, "w:2");  // Takes task 0 back, then leases it again.
  EXPECT_THAT(second.requeued, ElementsAre(LostLease{0, 1}));
  ASSERT_THAT(Tasks(second), ElementsAre(0));
  EXPECT_EQ(second.leases[0].token, 2u);
  const std::vector<LeaseToken> tokens = {{0, 1}, {0, 2}, {1, 1}, {99, 1}};
  EXPECT_THAT(*store_->RenewLeases(kRun, tokens), ElementsAre(0));
}

TEST_P(LeaseConformance, ALateInsertOfAMissingSampleIsTaken) {
  MakeRun(ExpiringAtOnce());
  Lease(1);
  EXPECT_EQ(Lease(1).leases[0].token, 2u);
  EXPECT_EQ(Insert(0, 1, 1, 1)->kind, Kind::kStored);
  EXPECT_EQ(Insert(0, 0, 1, 2)->kind, Kind::kStored);
}

TEST_P(LeaseConformance, ARequeuedTaskAsksOnlyForWhatIsMissing) {
  MakeRun(ExpiringAtOnce());
  Lease(1);
  ASSERT_TRUE(Insert(0, 0, 1).ok());
  EXPECT_THAT(Lease(1).leases[0].missing_samples, ElementsAre(1));
}

TEST_P(LeaseConformance, ALateInsertCanCompleteATaskThatWaitsAgain) {
  MakeRun(ExpiringAtOnce());
  Lease(1);
  Lease(0);  // The heartbeat puts task 0 back.
  ASSERT_TRUE(Insert(0, 0, 1).ok());
  ASSERT_TRUE(Insert(0, 1, 1).ok());
  EXPECT_THAT(Tasks(Lease(5)), ElementsAre(1));
}

TEST_P(LeaseConformance, ATaskLostTooOftenIsAbandonedAndItsStepGoesOn) {
  MakeRun(ExpiringAtOnce());
  Lease(2);
  ASSERT_TRUE(Insert(0, 0, 1).ok());
  ASSERT_TRUE(Insert(1, 0, 1).ok());
  ASSERT_TRUE(Insert(1, 1, 1).ok());
  Lease(1);
  Lease(1);
  EXPECT_FALSE(store_->GetStep(kRun, 1)->complete);
  EXPECT_THAT(Lease(1).abandoned, ElementsAre(LostLease{0, 1}));
  const StepState step = *store_->GetStep(kRun, 1);
  EXPECT_TRUE(step.complete);
  EXPECT_EQ(step.abandoned, 1u);
  EXPECT_EQ(step.expected, 2u);
  EXPECT_EQ(step.inserted, 2u);
  EXPECT_TRUE((*store_->GetStepTasks(kRun, 1))[0].abandoned);
  EXPECT_EQ(Insert(0, 1, 1)->kind, Kind::kUnwanted);
  EXPECT_EQ(Insert(0, 0, 1)->kind, Kind::kDuplicate);
  EXPECT_EQ(store_->GetProgress(kRun)->tasks_abandoned, 1u);
}

TEST_P(LeaseConformance, AStepWhoseTasksAreAllLostWithoutASampleGoesOnAndCanBeDropped) {
  LedgerRun record = ExpiringAtOnce();
  record.max_attempts = 1;
  MakeRun(record);
  Lease(2);
  EXPECT_THAT(Lease(0).abandoned, ElementsAre(LostLease{0, 1}, LostLease{1, 1}));
  EXPECT_TRUE(store_->GetStep(kRun, 1)->complete);
  ASSERT_TRUE(store_->Freeze(kRun, 1, {"manifest", "digest"}).ok());
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "l", 0).ok());
  EXPECT_EQ(store_->CommitCheckpoint(kRun, {1, 1, "w1"}, 1), absl::OkStatus());
}

TEST_P(LeaseConformance, AGivenUpLeaseEndsAtOnceAndItsReasonIsKeptWithTheStep) {
  LedgerRun record = Record();
  record.max_attempts = 2;
  MakeRun(record);
  Lease(2);
  const auto first = store_->GiveUp(kRun, std::vector<GivenUpLease>{{{0, 1}, "no"}, {{1, 7}, "x"}});
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(first->requeued, ElementsAre(LostLease{0, 1}));
  EXPECT_THAT(first->abandoned, IsEmpty());
  EXPECT_THAT(Tasks(Lease(1)), ElementsAre(0));
  const std::string long_reason = "logits are not finite " + std::string(400, '-');
  const auto last = store_->GiveUp(kRun, std::vector<GivenUpLease>{{{0, 2}, long_reason}});
  EXPECT_THAT(last->abandoned, ElementsAre(LostLease{0, 1}));
  EXPECT_EQ(store_->GetStep(kRun, 1)->abandon_reason, long_reason.substr(0, 300));
}

TEST_P(LeaseConformance, AReasonIsNotCutInTheMiddleOfACharacter) {
  LedgerRun record = Record();
  record.max_attempts = 1;
  MakeRun(record);
  Lease(1);
  const std::string reason = std::string(298, 'a') + "\xe2\x82\xac";  // The euro sign.
  ASSERT_TRUE(store_->GiveUp(kRun, std::vector<GivenUpLease>{{{0, 1}, reason}}).ok());
  EXPECT_EQ(store_->GetStep(kRun, 1)->abandon_reason, std::string(298, 'a'));
}

// A worker that leases a task and does nothing.
TEST_P(LeaseConformance, AnAbandonedTaskNamesTheWorkerWhoseLeaseRanOutLast) {
  LedgerRun record = ExpiringAtOnce();
  record.max_attempts = 1;
  MakeRun(record);
  Lease(1, {}, "stranger:1");
  Lease(0, {}, "w:2");
  EXPECT_THAT(store_->GetStep(kRun, 1)->abandon_reason, ::testing::HasSubstr("stranger:1"));
}

TEST_P(LeaseConformance, WorkersWithoutNumberAreForgottenThoseSeenLastAreKept) {
  MakeRun(Record());
  for (int i = 0; i < kMostWorkers + 50; ++i) Lease(0, {}, "w:" + std::to_string(i));
  EXPECT_EQ(store_->ListWorkers(kRun, absl::Seconds(30))->size(), size_t{kMostWorkers});
  EXPECT_EQ(store_->GetProgress(kRun)->workers, uint32_t{kMostWorkers});
}

TEST_P(LeaseConformance, AWorkerWithoutAnAddressIsNotListed) {
  MakeRun(ExpiringAtOnce());
  EXPECT_THAT(Tasks(Lease(1, {}, "")), ElementsAre(0));
  EXPECT_THAT(*store_->ListWorkers(kRun, absl::Seconds(30)), IsEmpty());
  EXPECT_EQ(store_->GetProgress(kRun)->workers, 0u);
}

TEST_P(LeaseConformance, ALeaseRequestIsTheWorkersHeartbeat) {
  MakeRun(Record());
  Lease(0, {}, "w:1");
  Lease(0, {}, "w:2");
  Lease(0, {}, "w:1");
  const std::vector<WorkerRecord> workers = *store_->ListWorkers(kRun, absl::Seconds(30));
  ASSERT_EQ(workers.size(), 2u);
  EXPECT_EQ(workers[0].payload, "of " + workers[0].address);
  EXPECT_EQ(store_->GetProgress(kRun)->workers, 2u);
  EXPECT_THAT(*store_->ListWorkers(kRun, -absl::Hours(1)), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Leases, LeaseConformance,
                         ::testing::Values(StoreKind::kRedis, StoreKind::kModel), StoreName);

}  // namespace
}  // namespace hir
