#include "services/verifier/worker_pool.h"

#include <atomic>

#include "absl/synchronization/mutex.h"
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
    pool.Submit([&] {
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
    for (int i = 0; i < 100; ++i) pool.Submit([&done] { ++done; });
  }
  EXPECT_EQ(done, 100);
}

}  // namespace
}  // namespace hir
