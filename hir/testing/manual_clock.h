// A clock that tests move by hand.
#ifndef HIR_TESTING_MANUAL_CLOCK_H_
#define HIR_TESTING_MANUAL_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "hir/base/clock.h"

namespace hir {

// Sleeping takes no time and moves the clock. Thread-safe.
class ManualClock : public Clock {
 public:
  absl::Time Now() const override {
    absl::MutexLock lock(&mutex_);
    return now_;
  }
  void Sleep(absl::Duration duration) override {
    absl::MutexLock lock(&mutex_);
    now_ += duration;
    ++sleeps_;
  }
  // Calls of Sleep() so far.
  int sleeps() const {
    absl::MutexLock lock(&mutex_);
    return sleeps_;
  }

 private:
  mutable absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_) = absl::FromUnixSeconds(1000);
  int sleeps_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace hir

#endif  // HIR_TESTING_MANUAL_CLOCK_H_
