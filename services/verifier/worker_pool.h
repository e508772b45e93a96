// Threads for checks that wait for another process.
#ifndef HIR_SERVICES_VERIFIER_WORKER_POOL_H_
#define HIR_SERVICES_VERIFIER_WORKER_POOL_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace hir {

// Runs work in the order of its submission on at most `max_threads` threads, which are started when
// they are first needed. Thread-safe. Destroying it runs what was submitted to its end.
class WorkerPool {
 public:
  // REQUIRES: max_threads >= 1.
  explicit WorkerPool(int max_threads) : max_threads_(max_threads) {}
  ~WorkerPool();

  // `work` must not throw. The queue is as long as its callers make it: they bound what they
  // submit.
  void Submit(std::function<void()> work);

 private:
  void Work();

  const int max_threads_;
  absl::Mutex mutex_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  int idle_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hir

#endif  // HIR_SERVICES_VERIFIER_WORKER_POOL_H_
