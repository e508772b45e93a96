// Threads for work that waits for others.
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

// Runs work on at most `max_threads` threads, which are started when they are first needed. Owners
// of work take turns; that of one owner begins in the order of its submission. Thread-safe.
// Destroying it runs what was submitted to its end.
class WorkerPool {
 public:
  // REQUIRES: max_threads >= 1.
  explicit WorkerPool(int max_threads) : max_threads_(max_threads) {}
  ~WorkerPool();

  // `work` must not throw. The queue is as long as its callers make it: they bound what they
  // submit.
  void Submit(const std::string& owner, std::function<void()> work);

 private:
  void Work();

  const int max_threads_;
  absl::Mutex mutex_;
  Turns<std::function<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
  int submitted_ ABSL_GUARDED_BY(mutex_) = 0;  // And not begun.
  int idle_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hir

#endif  // HIR_BASE_WORKER_POOL_H_
