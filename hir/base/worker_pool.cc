#include "hir/base/worker_pool.h"

#include <utility>

namespace hir {

WorkerPool::~WorkerPool() {
  std::vector<std::thread> threads;
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

void WorkerPool::Submit(const std::string& owner, std::function<void()> work) {
  absl::MutexLock lock(&mutex_);
  waiting_.Add(owner, std::move(work));
  const bool all_taken = ++submitted_ > idle_;
  if (all_taken && threads_.size() < static_cast<size_t>(max_threads_)) {
    threads_.emplace_back([this] { Work(); });
  }
}

void WorkerPool::Work() {
  const auto ready = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return closed_ || !waiting_.empty();
  };
  while (true) {
    std::function<void()> work;
    {
      absl::MutexLock lock(&mutex_);
      ++idle_;
      mutex_.Await(absl::Condition(&ready));
      --idle_;
      if (waiting_.empty()) return;
      work = waiting_.Take();
      --submitted_;
    }
    work();
  }
}

}  // namespace hir
