// Receives the learner's step reports in the background, across restarts of the learner.
#ifndef HIR_CLIENT_STEP_WATCHER_H_
#define HIR_CLIENT_STEP_WATCHER_H_

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "hir/learner/v1/learner.grpc.pb.h"

namespace hir {

// Thread-safe. Destroying it ends the stream.
class StepWatcher {
 public:
  // `stub` must outlive this.
  StepWatcher(learner::v1::Learner::Stub& stub, std::string run, int64_t after_step);
  ~StepWatcher();

  // The next report with a higher step than all before it; none within `timeout`.
  std::optional<learner::v1::StepReport> Next(absl::Duration timeout);
  // Whether the learner has said that the run is complete; Next() may still hold reports.
  bool complete() const;
  // OK, or an error of the learner that waiting does not fix.
  absl::Status status() const;

 private:
  void Watch();
  absl::Status WatchOnce();
  bool Stopping() const;

  learner::v1::Learner::Stub& stub_;
  const std::string run_;
  mutable absl::Mutex mutex_;
  std::deque<learner::v1::StepReport> reports_ ABSL_GUARDED_BY(mutex_);
  int64_t newest_step_ ABSL_GUARDED_BY(mutex_);
  bool complete_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::thread thread_;
};

}  // namespace hir

#endif  // HIR_CLIENT_STEP_WATCHER_H_
