// Hands the learner's results to the threads that serve them: reports of steps, and the newest
// weights.
#ifndef HIR_SERVICES_LEARNER_LEARNER_OUTBOX_H_
#define HIR_SERVICES_LEARNER_LEARNER_OUTBOX_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "hir/domain/weights_id.h"
#include "hir/learner/v1/learner.pb.h"
#include "hir/weights/packed_weights.h"

namespace hir {

// The weights that the learner serves; null weights if there are none yet.
struct NewestWeights {
  WeightsId version;
  std::shared_ptr<const PackedWeights> weights;
};

// Thread-safe.
class LearnerOutbox {
 public:
  // Replaces the weights that are served.
  void SetWeights(NewestWeights weights);
  // The newest weights; null before the first.
  NewestWeights weights() const;

  // Adds a report and wakes the threads that wait for it. Steps rise from report to report.
  void AddReport(const learner::v1::StepReport& report);
  // Waits for the first report after `after_step`; nullopt if `timeout` passes or Close() is called
  // first.
  std::optional<learner::v1::StepReport> NextReport(int64_t after_step,
                                                    absl::Duration timeout) const;

  // Declares that no report will follow, because of `why` if it is an error, and wakes all waiting
  // threads. Only the first call counts.
  void Close(const absl::Status& why = absl::OkStatus());
  // The argument of the first Close(); nullopt before.
  std::optional<absl::Status> end() const;

 private:
  const learner::v1::StepReport* FindAfter(int64_t step) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  NewestWeights weights_ ABSL_GUARDED_BY(mutex_);
  std::vector<learner::v1::StepReport> reports_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_LEARNER_OUTBOX_H_
