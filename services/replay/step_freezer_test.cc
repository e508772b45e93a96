// Waiting for frozen steps, without Redis.
#include "services/replay/step_freezer.h"

#include <atomic>
#include <memory>
#include <string>

#include "absl/synchronization/blocking_counter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/store/redis_replay_store.h"
#include "services/replay/fake_prompt_encoder.h"

namespace hir {
namespace {

// A store whose steps a test freezes; counts how often each is read.
class SteppingStore : public RedisReplayStore {
 public:
  SteppingStore() : RedisReplayStore(RedisOptions{}) {}

  absl::StatusOr<StepState> GetStep(const std::string&, int64_t) override {
    ++looks;
    if (fails) return absl::NotFoundError("no such run");
    return StepState{.frozen = frozen};
  }
  absl::StatusOr<std::optional<Manifest>> ReadManifest(const std::string&, int64_t) override {
    return Manifest{.bytes = "batch", .digest = "digest"};
  }

  std::atomic<int> looks = 0;
  std::atomic<bool> frozen = false;
  std::atomic<bool> fails = false;
};

class StepFreezerTest : public testing::Test {
 protected:
  SteppingStore store_;
  FakePromptEncoder encoder_;
  RunDirectory runs_{store_, encoder_};
  prometheus::Registry registry_;
  ReplayMetrics metrics_{registry_};
};

TEST_F(StepFreezerTest, HoweverManyWaitForAStepItIsLookedAtOnceForAll) {
  constexpr int kCallers = 400;
  StepFreezer freezer(store_, runs_, encoder_, metrics_);
  absl::BlockingCounter told(kCallers);
  for (int i = 0; i < kCallers; ++i) {
    freezer.AwaitFrozen("run", 1, [&told](const absl::StatusOr<Manifest>& manifest) {
      EXPECT_TRUE(manifest.ok() && manifest->digest == "digest");
      told.DecrementCount();
    });
  }
  const int before = store_.looks;
  store_.frozen = true;
  told.Wait();
  EXPECT_LE(store_.looks - before, 2);
}

TEST_F(StepFreezerTest, ACallerThatLeftIsNotTold) {
  StepFreezer freezer(store_, runs_, encoder_, metrics_);
  bool told = false;
  const uint64_t number =
      freezer.AwaitFrozen("run", 1, [&told](const absl::StatusOr<Manifest>&) { told = true; });
  EXPECT_TRUE(freezer.Forget("run", 1, number));
  EXPECT_FALSE(freezer.Forget("run", 1, number));
  freezer.Stop();
  EXPECT_FALSE(told);
}

TEST_F(StepFreezerTest, TellsWhatTheLedgerSays) {
  store_.fails = true;
  StepFreezer freezer(store_, runs_, encoder_, metrics_);
  absl::BlockingCounter told(1);
  freezer.AwaitFrozen("run", 1, [&told](const absl::StatusOr<Manifest>& manifest) {
    EXPECT_EQ(manifest.status().code(), absl::StatusCode::kNotFound);
    told.DecrementCount();
  });
  told.Wait();
}

TEST_F(StepFreezerTest, StoppingTellsThoseWhoWaitAndThoseToCome) {
  StepFreezer freezer(store_, runs_, encoder_, metrics_);
  int told = 0;
  const auto count = [&told](const absl::StatusOr<Manifest>& manifest) {
    told += absl::IsUnavailable(manifest.status());
  };
  freezer.AwaitFrozen("run", 1, count);
  freezer.Stop();
  EXPECT_EQ(told, 1);
  freezer.AwaitFrozen("run", 1, count);
  EXPECT_EQ(told, 2);
}

}  // namespace
}  // namespace hir
