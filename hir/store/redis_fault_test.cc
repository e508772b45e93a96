// What happens to the ledger when Redis or a client dies, and when clients race.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "hir/store/store_fixture.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = InsertOutcome::Kind;

TEST_F(StoreTest, EverythingAcknowledgedSurvivesTheDeathOfRedis) {
  MakeRun(Record());
  CompleteStepOne();
  ASSERT_TRUE(store_->Freeze(kRun, 1, {std::string("man\0ifest", 9), "digest"}).ok());
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "learner:1", 0).ok());
  ASSERT_TRUE(store_->AdvanceVersion(kRun, {1, 1, "w1"}, "digest").ok());
  const LeaseResult leased = Lease(1, {1, 1, "w1"});
  ASSERT_TRUE(server_->Restart().ok());
  EXPECT_EQ(store_->ReadManifest(kRun, 1)->value().bytes, std::string("man\0ifest", 9));
  const std::vector<SampleId> keys = {{1, 0}, {0, 1}};
  EXPECT_THAT(*store_->ReadSamples(kRun, 1, keys), ElementsAre(Payload(1, 0), Payload(0, 1)));
  EXPECT_EQ(store_->GetRun(kRun)->weights.digest, "w1");
  const std::vector<LeaseToken> tokens = {{leased.leases[0].task, leased.leases[0].token}};
  EXPECT_THAT(*store_->RenewLeases(kRun, tokens), ElementsAre(2));
  EXPECT_EQ(Insert(0, 0, 1)->kind, Kind::kDuplicate);
}

TEST_F(StoreTest, ARunCanBeContinuedByAnotherClient) {
  MakeRun(Record());
  Lease(2);
  ASSERT_TRUE(Insert(0, 0, 1).ok());
  store_ = NewStore();
  EXPECT_EQ(Insert(0, 0, 1)->kind, Kind::kDuplicate);
  EXPECT_EQ(Insert(0, 1, 1)->kind, Kind::kStored);
}

TEST_F(StoreTest, EveryCallSaysSoWhileRedisIsDown) {
  MakeRun(Record());
  server_->Kill();
  EXPECT_EQ(Insert(0, 0, 1).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(store_->GetProgress(kRun).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(store_->CheckDurable().message()), HasSubstr(server_->url()));
  ASSERT_TRUE(server_->Restart().ok());
  EXPECT_EQ(store_->GetProgress(kRun)->tasks, 4u);
}

TEST_F(StoreTest, ARedisWithoutAppendOnlyFileIsNotDurable) {
  EXPECT_TRUE(store_->CheckDurable().ok());
  const auto forgetful = RedisServer::Start({"--appendonly", "no"}).value();
  RedisReplayStore store({.address = ParseRedisUrl(forgetful->url()).value()});
  EXPECT_EQ(store.CheckDurable().code(), absl::StatusCode::kFailedPrecondition);
}

// Redis restarts with an append-only file whose first part is missing.
TEST_F(StoreTest, ARunWithoutItsFirstWritesIsSaidToBeLost) {
  RedisClient redis({.address = Address()});
  const std::vector<std::string> write = {"HSET", "hir:{run.1}", "samples", "5"};
  ASSERT_TRUE(redis.Command(write).ok());
  EXPECT_EQ(store_->GetRun(kRun).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(store_->CreateRun(kRun, Record()).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(store_->TakeIncarnation(kRun, "l", 0).status().code(), absl::StatusCode::kDataLoss);
}

// While a background sync runs, such a Redis may answer up to two seconds before it writes to its
// file, so that SIGKILL loses acknowledged writes.
TEST_F(StoreTest, ARedisThatMayAnswerBeforeItWritesIsNotDurable) {
  const auto hasty = RedisServer::Start({"--appendfsync", "everysec"}).value();
  RedisReplayStore store({.address = ParseRedisUrl(hasty->url()).value()});
  EXPECT_EQ(store.CheckDurable().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(store.CheckDurable().message()), HasSubstr("--appendfsync always"));
}

TEST_F(StoreTest, ARedisThatHidesItsSettingsCannotBeCalledDurable) {
  RedisClient client({.address = Address()});
  const std::vector<std::string> hide = {"ACL", "SETUSER", "default", "-config"};
  ASSERT_TRUE(client.Command(hide).ok());
  const absl::Status status = store_->CheckDurable();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("can't tell whether"));
}

TEST_F(StoreTest, ACommitFreesTheMemoryOfARedisThatIsFull) {
  MakeRun(Record());
  CompleteStepOne();
  ASSERT_TRUE(store_->Freeze(kRun, 1, {"manifest", "digest"}).ok());
  ASSERT_TRUE(store_->TakeIncarnation(kRun, "learner:1", 0).ok());
  RedisClient client({.address = Address()});
  const std::vector<std::string> fill = {"CONFIG", "SET", "maxmemory", "1"};
  ASSERT_TRUE(client.Command(fill).ok());
  EXPECT_EQ(store_->TakeIncarnation(kRun, "another", 0).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(store_->CommitCheckpoint(kRun, {1, 1, "w1"}, 1), absl::OkStatus());
  EXPECT_TRUE(store_->GetStep(kRun, 1)->dropped);
  EXPECT_EQ(store_->GetRun(kRun)->checkpoint_version, 1);
}

// Runs `work(client, index)` on four clients at once.
template <typename Work>
void Race(const std::vector<std::unique_ptr<ReplayStore>>& clients, Work work) {
  std::vector<std::thread> threads;
  for (size_t i = 0; i < clients.size(); ++i) {
    threads.emplace_back([&, i] { work(*clients[i], i); });
  }
  for (std::thread& thread : threads) thread.join();
}

class RacingClients : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    for (int i = 0; i < 4; ++i) clients_.push_back(NewStore());
  }
  std::vector<std::unique_ptr<ReplayStore>> clients_;
};

TEST_F(RacingClients, NeverLeaseOneTaskTwice) {
  LedgerRun record = Record();
  record.tasks_per_step = 200;
  ASSERT_TRUE(store_->CreateRun(kRun, record).ok());
  std::vector<TaskRecord> tasks;
  for (uint64_t i = 0; i < 200; ++i) tasks.push_back(Task(i, 1));
  ASSERT_TRUE(store_->PutTasks(kRun, tasks).ok());
  std::vector<std::vector<uint64_t>> got(clients_.size());
  Race(clients_, [&](ReplayStore& client, size_t i) {
    while (true) {
      const auto result =
          client.LeaseTasks(kRun, {.worker = "w" + std::to_string(i), .max_tasks = 3});
      if (!result.ok() || result->leases.empty()) return;
      for (const TaskLease& lease : result->leases) got[i].push_back(lease.task);
    }
  });
  std::set<uint64_t> all;
  size_t count = 0;
  for (const std::vector<uint64_t>& mine : got) {
    all.insert(mine.begin(), mine.end());
    count += mine.size();
  }
  EXPECT_EQ(count, 200u);
  EXPECT_EQ(all.size(), 200u);
}

TEST_F(RacingClients, StoreEachSampleOnceAndSeeOneCompletion) {
  MakeRun(Record());
  Lease(2);
  std::atomic<int> stored = 0, duplicates = 0, completions = 0;
  Race(clients_, [&](ReplayStore& client, size_t i) {
    for (uint64_t task : {0, 1}) {
      for (uint32_t sample : {0, 1}) {
        const InsertOutcome outcome = client
                                          .Insert(kRun, {.task = task,
                                                         .sample = sample,
                                                         .step = 1,
                                                         .token = 1,
                                                         .payload = std::to_string(i)})
                                          .value();
        stored += outcome.kind == Kind::kStored;
        duplicates += outcome.kind == Kind::kDuplicate;
        completions += outcome.step_complete;
      }
    }
  });
  EXPECT_EQ(stored, 4);
  EXPECT_EQ(duplicates, 12);
  EXPECT_EQ(completions, 1);
}

TEST_F(RacingClients, AgreeOnOneManifest) {
  MakeRun(Record());
  CompleteStepOne();
  std::atomic<int> winners = 0;
  std::vector<std::string> seen(clients_.size());
  Race(clients_, [&](ReplayStore& client, size_t i) {
    winners += client.Freeze(kRun, 1, {"manifest of " + std::to_string(i), "d"}).value();
    seen[i] = client.ReadManifest(kRun, 1)->value().bytes;
  });
  EXPECT_EQ(winners, 1);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 1u);
}

TEST_F(RacingClients, TakeDistinctIncarnations) {
  MakeRun(Record());
  std::vector<uint64_t> taken(clients_.size());
  Race(clients_, [&](ReplayStore& client, size_t i) {
    taken[i] = client.TakeIncarnation(kRun, "l", 0).value();
  });
  EXPECT_THAT(taken, ::testing::UnorderedElementsAre(1, 2, 3, 4));
}

}  // namespace
}  // namespace hir
