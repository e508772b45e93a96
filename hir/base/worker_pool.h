// Threads for work that mostly waits.
#ifndef HIR_BASE_WORKER_POOL_H_
#define HIR_BASE_WORKER_POOL_H_

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "hir/base/turns.h"

namespace hir {

// Runs work on at most `max_threads` threads, started when first needed. Owners of work take turns;
// the work of one owner begins in the order of submission. Thread-safe. The destructor runs all
// submitted work to its end.
class WorkerPool {
 public:
  // REQUIRES: max_threads >= 1.
  explicit WorkerPool(int max_threads) : max_threads_(max_threads) {}
  ~WorkerPool();

  // `work` must not throw. The queue is not bounded: callers must bound what they submit.
  void Submit(const std::string& owner, std::function<void()> work);

 private:
  void Work();

  const int max_threads_;
  absl::Mutex mutex_;
  Turns<std::function<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
  int submitted_ ABSL_GUARDED_BY(mutex_) = 0;  // Submitted and not yet begun.
  int idle_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hir

#endif  // HIR_BASE_WORKER_POOL_H_
