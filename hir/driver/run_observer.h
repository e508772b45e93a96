// Receives the events of a run, for a terminal, metrics or another program.
#ifndef HIR_DRIVER_RUN_OBSERVER_H_
#define HIR_DRIVER_RUN_OBSERVER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "hir/learner/v1/learner.pb.h"
#include "hir/replay/v1/replay.pb.h"
#include "hir/run/evaluation_record.h"

namespace hir {

// Called by one thread at a time, mostly the one that drives the run, which waits for each call to
// return. The default does nothing.
class RunObserver {
 public:
  virtual ~RunObserver() = default;

  // A local ring is being started, whose logs go to `log_dir`.
  virtual void OnRingStarts(const std::string& log_dir) {}
  // The run was started earlier and continues after `step`.
  virtual void OnResumed(int64_t step) {}
  // The run now waits for steps to end.
  virtual void OnFollowing() {}
  // A step has ended; `left` is how long the rest of the run takes at the pace so far.
  virtual void OnStep(const learner::v1::StepReport& report, absl::Duration left) {}
  // Twice a second while no step ends.
  virtual void OnProgress(const replay::v1::GetProgressResponse& progress) {}
  // During the evaluation after `step`: `done` of `total` prompts are answered.
  virtual void OnEvaluating(int64_t step, size_t done, size_t total) {}
  virtual void OnEvaluated(int64_t step, const EvalSummary& summary, absl::Duration took) {}
  // A sentence that a person should read, without its full stop.
  virtual void OnWarning(const std::string& sentence) {}
};

}  // namespace hir

#endif  // HIR_DRIVER_RUN_OBSERVER_H_
