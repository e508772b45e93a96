// Turns complete steps into frozen batches, and notifies callers that wait for them.
#ifndef HIR_SERVICES_REPLAY_STEP_FREEZER_H_
#define HIR_SERVICES_REPLAY_STEP_FREEZER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "hir/metrics/service_metrics.h"
#include "hir/store/replay_store.h"
#include "hir/tokenizer/prompt_encoder.h"
#include "services/replay/run_directory.h"

namespace hir {

// Thread-safe. Several processes may freeze a step at the same time: the ledger keeps the first
// batch, and only the process that made it counts it. Arguments must outlive it. One thread does
// all the work, however many callers wait: it polls a step that another process may freeze every 50
// ms, and many steps in turns, 200 per second.
class StepFreezer {
 public:
  // Called once with the manifest or an error. Must not block.
  using OnFrozen = std::function<void(absl::StatusOr<Manifest>)>;

  StepFreezer(ReplayStore& store, RunDirectory& runs, const PromptEncoder& encoder,
              ReplayMetrics& metrics);
  ~StepFreezer();
  StepFreezer(const StepFreezer&) = delete;
  StepFreezer& operator=(const StepFreezer&) = delete;

  // Schedules the freeze of the step if it is complete; logs a failure. Does not block.
  void FreezeSoon(const std::string& run, int64_t step);

  // Calls `on_frozen` on the freezer's thread once the step is frozen, here or by another process,
  // or with an error of the ledger. After Stop(), calls it on this thread with UNAVAILABLE. Returns
  // a number for Forget(). Does not block.
  uint64_t AwaitFrozen(const std::string& run, int64_t step, OnFrozen on_frozen);

  // Withdraws a callback. False: it was called, or is being called now.
  bool Forget(const std::string& run, int64_t step, uint64_t number);

  // Ends all waiting, also of later calls.
  void Stop();

 private:
  using Step = std::pair<std::string, int64_t>;  // Run and step.
  struct Awaited {
    std::map<uint64_t, OnFrozen> callers;  // At least one.
    absl::Time next_look = absl::InfinitePast();
  };

  void Work();
  // The next step to check, if one is due.
  std::optional<Step> TakeDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Time NextLook() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // Freezes the step if possible, and calls its callbacks.
  void Look(const Step& step);
  absl::StatusOr<bool> FreezeIfComplete(const std::string& run, int64_t step);
  absl::Status Freeze(const std::string& run, int64_t step, const StepState& state);
  void Tell(const Step& step, const absl::StatusOr<Manifest>& manifest);

  ReplayStore& store_;
  RunDirectory& runs_;
  const PromptEncoder& encoder_;
  ReplayMetrics& metrics_;
  absl::Mutex mutex_;
  std::deque<Step> soon_ ABSL_GUARDED_BY(mutex_);
  std::map<Step, Awaited> awaited_ ABSL_GUARDED_BY(mutex_);
  uint64_t numbers_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread worker_;
};

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_STEP_FREEZER_H_
