// Turns complete steps into frozen batches, and lets callers wait for that.
#ifndef HIR_SERVICES_REPLAY_STEP_FREEZER_H_
#define HIR_SERVICES_REPLAY_STEP_FREEZER_H_

#include <cstdint>
#include <deque>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "hir/metrics/names.h"
#include "hir/store/replay_store.h"
#include "services/replay/prompt_encoder.h"
#include "services/replay/run_directory.h"

namespace hir {

// Thread-safe. Several processes may freeze one step at once: the ledger keeps the first batch, and
// only its maker counts it. What is passed in outlives it.
class StepFreezer {
 public:
  StepFreezer(ReplayStore& store, RunDirectory& runs, const PromptEncoder& encoder,
              ReplayMetrics& metrics);
  ~StepFreezer();
  StepFreezer(const StepFreezer&) = delete;
  StepFreezer& operator=(const StepFreezer&) = delete;

  // Freezes `step` if it is complete. Returns whether it is frozen now. Blocks while it is built.
  absl::StatusOr<bool> FreezeIfComplete(const std::string& run, int64_t step);

  // As above on a thread of its own; a failure is logged.
  void FreezeSoon(const std::string& run, int64_t step);

  // Blocks until the step is frozen, here or by another process: its manifest.
  // CANCELLED: `cancelled` returned true (asked every 50 ms). UNAVAILABLE: Stop() was called.
  absl::StatusOr<Manifest> WaitForFrozen(const std::string& run, int64_t step,
                                         absl::FunctionRef<bool()> cancelled);

  // Ends all waiting, now and later.
  void Stop();

 private:
  absl::Status Freeze(const std::string& run, int64_t step, const StepState& state);
  void Work();

  ReplayStore& store_;
  RunDirectory& runs_;
  const PromptEncoder& encoder_;
  ReplayMetrics& metrics_;
  absl::Mutex building_;  // One build at a time: the second finds the first one's batch.
  absl::Mutex mutex_;
  std::deque<std::pair<std::string, int64_t>> soon_ ABSL_GUARDED_BY(mutex_);
  uint64_t frozen_ ABSL_GUARDED_BY(mutex_) = 0;  // Steps frozen by this process.
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread worker_;
};

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_STEP_FREEZER_H_
