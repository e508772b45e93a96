// Whoever wants to know how a run goes on: a terminal, metrics, another program.
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

// Called from the thread that drives the run, which waits for it to return. By default nothing is
// done.
class RunObserver {
 public:
  virtual ~RunObserver() = default;

  // A local ring is being started, whose logs go to `log_dir`.
  virtual void OnRingStarts(const std::string& log_dir) {}
  // The run was begun earlier and goes on after `step`.
  virtual void OnResumed(int64_t step) {}
  // From now on steps are awaited.
  virtual void OnFollowing() {}
  // A step has ended; `left` is how long the rest of the run takes at the pace so far.
  virtual void OnStep(const learner::v1::StepReport& report, absl::Duration left) {}
  // Twice a second while no step ends.
  virtual void OnProgress(const replay::v1::GetProgressResponse& progress) {}
  // During the evaluation after `step`: prompts answered, of how many.
  virtual void OnEvaluating(int64_t step, size_t done, size_t total) {}
  virtual void OnEvaluated(int64_t step, const EvalSummary& summary, absl::Duration took) {}
  // Something that a person should know, in a sentence without its full stop.
  virtual void OnWarning(const std::string& sentence) {}
};

}  // namespace hir

#endif  // HIR_DRIVER_RUN_OBSERVER_H_
