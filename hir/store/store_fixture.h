// What the store's tests share: a store, and a run in it.
#ifndef HIR_STORE_STORE_FIXTURE_H_
#define HIR_STORE_STORE_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "hir/store/model/model_replay_store.h"
#include "hir/store/redis_replay_store.h"
#include "hir/testing/manual_clock.h"
#include "hir/testing/redis_server.h"

namespace hir {

// Calls on `store_`, which derived fixtures set.
class StoreCalls : public ::testing::Test {
 protected:
  static constexpr char kRun[] = "run.1";

  // Two tasks per step, each leased for an hour.
  static LedgerRun Record() {
    return {.config = "seed: 1",
            .tokenizer_digest = "abc",
            .lease_duration = absl::Hours(1),
            .max_attempts = 3,
            .max_staleness = 0,
            .tasks_per_step = 2};
  }

  static TaskRecord Task(uint64_t task, int64_t step, uint32_t responses = 2) {
    return {.task = task,
            .step = step,
            .responses = responses,
            .payload = "task " + std::to_string(task)};
  }

  // The run of `record` with tasks 0 and 1 in step 1, and 2 and 3 in step 2.
  void MakeRun(const LedgerRun& record) {
    ASSERT_TRUE(store_->CreateRun(kRun, record).ok());
    const std::vector<TaskRecord> tasks = {Task(0, 1), Task(1, 1), Task(2, 2), Task(3, 2)};
    ASSERT_TRUE(store_->PutTasks(kRun, tasks).ok());
  }

  LeaseResult Lease(int max_tasks, WeightsId serving = {}, const std::string& worker = "w:1") {
    return store_
        ->LeaseTasks(kRun, {.worker = worker,
                            .serving = serving,
                            .worker_payload = "of " + worker,
                            .max_tasks = max_tasks})
        .value();
  }

  absl::StatusOr<InsertOutcome> Insert(uint64_t task, uint32_t sample, int64_t step,
                                       uint64_t token = 1) {
    return store_->Insert(kRun, {.task = task,
                                 .sample = sample,
                                 .step = step,
                                 .token = token,
                                 .payload = Payload(task, sample)});
  }

  static std::string Payload(uint64_t task, uint32_t sample) {
    return std::string("\0blob ", 6) + std::to_string(task) + "/" + std::to_string(sample);
  }

  // Leases and fills step 1 (tasks 0 and 1).
  void CompleteStepOne() {
    ASSERT_EQ(Lease(2).leases.size(), 2u);
    for (uint64_t task : {0, 1}) {
      for (uint32_t sample : {0, 1}) ASSERT_TRUE(Insert(task, sample, 1).ok());
    }
  }

  std::unique_ptr<ReplayStore> store_;
};

// A store on a private Redis.
class StoreTest : public StoreCalls {
 protected:
  void SetUp() override {
    auto server = RedisServer::Start();
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    store_ = NewStore();
  }

  // A second client of the same Redis, like another instance of the service.
  std::unique_ptr<ReplayStore> NewStore() const {
    return std::make_unique<RedisReplayStore>(RedisOptions{.address = Address()});
  }
  RedisAddress Address() const { return ParseRedisUrl(server_->url()).value(); }

  std::unique_ptr<RedisServer> server_;
};

// The implementations under test.
enum class StoreKind { kRedis, kModel };

// Tests of what every store does, run on Redis and on the model, whose clock does not move.
class StoreConformance : public StoreCalls, public ::testing::WithParamInterface<StoreKind> {
 protected:
  void SetUp() override {
    if (GetParam() == StoreKind::kModel) {
      store_ = std::make_unique<ModelReplayStore>(clock_);
      return;
    }
    server_ = RedisServer::Start().value();
    store_ = std::make_unique<RedisReplayStore>(
        RedisOptions{.address = ParseRedisUrl(server_->url()).value()});
  }

  ManualClock clock_;
  std::unique_ptr<RedisServer> server_;
};

inline std::string StoreName(const ::testing::TestParamInfo<StoreKind>& info) {
  return info.param == StoreKind::kRedis ? "Redis" : "Model";
}

}  // namespace hir

#endif  // HIR_STORE_STORE_FIXTURE_H_
