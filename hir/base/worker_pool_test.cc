#include "hir/base/worker_pool.h"

#include <atomic>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

TEST(WorkerPool, RunsAsMuchAtOnceAsItHasThreads) {
  constexpr int kThreads = 4;

  // Each waits for all the others.
  absl::Mutex mutex;
  int met = 0;
  const auto all = [&met] { return met == kThreads; };
  WorkerPool pool(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    pool.Submit("", [&] {
      absl::MutexLock lock(&mutex);
      ++met;
      mutex.Await(absl::Condition(&all));
    });
  }
  absl::MutexLock lock(&mutex);
  mutex.Await(absl::Condition(&all));
}

TEST(WorkerPool, RunsWhatWasSubmittedBeforeItEnds) {
  std::atomic<int> done = 0;
  {
    WorkerPool pool(2);
    for (int i = 0; i < 100; ++i) pool.Submit("", [&done] { ++done; });
  }
  EXPECT_EQ(done, 100);
}

TEST(WorkerPool, OwnersTakeTurns) {
  std::vector<std::string> begun;
  {
    absl::Notification all_submitted;
    WorkerPool pool(1);
    pool.Submit("greedy", [&] { all_submitted.WaitForNotification(); });
    for (int i = 0; i < 10; ++i) {
      pool.Submit("greedy", [&begun] { begun.emplace_back("greedy"); });
    }
    pool.Submit("modest", [&begun] { begun.emplace_back("modest"); });
    all_submitted.Notify();
  }
  ASSERT_EQ(begun.size(), 11u);
  EXPECT_TRUE(begun[0] == "modest" || begun[1] == "modest");
}

}  // namespace
}  // namespace hir
