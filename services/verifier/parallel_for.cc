#include "services/verifier/parallel_for.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

namespace hir {
namespace {

// The indices still to be done and the first exception. Thread-safe.
class Work {
 public:
  Work(int count, const std::function<void(int)>& work) : count_(count), work_(work) {}

  // Processes indices until none is left. Catches exceptions, which would otherwise end the
  // process.
  void Take() {
    int index = 0;
    try {
      while ((index = next_.fetch_add(1)) < count_) work_(index);
    } catch (const std::exception& error) {
      next_ = count_;
      absl::MutexLock lock(&mutex_);
      status_.Update(absl::InternalError(absl::StrCat("Item ", index, ": ", error.what())));
    }
  }

  absl::Status status() const {
    absl::MutexLock lock(&mutex_);
    return status_;
  }

 private:
  const int count_;
  const std::function<void(int)>& work_;
  std::atomic<int> next_ = 0;
  mutable absl::Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::Status ParallelFor(int count, int threads, const std::function<void(int)>& work) {
  Work shared(count, work);
  std::vector<std::thread> helpers;
  helpers.reserve(static_cast<size_t>(std::max(0, threads)));
  try {
    for (int i = 1; i < std::min(threads, count); ++i) helpers.emplace_back([&] { shared.Take(); });
  } catch (const std::system_error&) {
    // No further threads: the existing ones do the work.
  }
  shared.Take();
  for (std::thread& helper : helpers) helper.join();
  return shared.status();
}

}  // namespace hir
