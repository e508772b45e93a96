// Turns complete steps into frozen batches, and tells those who wait for them.
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
#include "hir/metrics/names.h"
#include "hir/store/replay_store.h"
#include "hir/tokenizer/prompt_encoder.h"
#include "services/replay/run_directory.h"

namespace hir {

// Thread-safe. Several processes may freeze one step at once: the ledger keeps the first batch, and
// only its maker counts it. What is passed in outlives it. One thread does all of it, however many
// wait: it looks at a step that another process may freeze every 50 ms, and at many in turns, 200
// in a second.
class StepFreezer {
 public:
  // Told once: the manifest, or why it can't be had. Must not block.
  using OnFrozen = std::function<void(absl::StatusOr<Manifest>)>;

  StepFreezer(ReplayStore& store, RunDirectory& runs, const PromptEncoder& encoder,
              ReplayMetrics& metrics);
  ~StepFreezer();
  StepFreezer(const StepFreezer&) = delete;
  StepFreezer& operator=(const StepFreezer&) = delete;

  // Freezes the step if it is complete; a failure is logged. Does not block.
  void FreezeSoon(const std::string& run, int64_t step);

  // Tells `on_frozen` when the step is frozen, here or by another process, on the freezer's thread.
  // It is told errors of the ledger, and UNAVAILABLE after Stop(), then on this thread. Returns a
  // number for Forget(). Does not block.
  uint64_t AwaitFrozen(const std::string& run, int64_t step, OnFrozen on_frozen);

  // True: that one will not be told. False: it was, or is being told now.
  bool Forget(const std::string& run, int64_t step, uint64_t number);

  // Ends all waiting, now and later.
  void Stop();

 private:
  using Step = std::pair<std::string, int64_t>;  // Of a run.
  struct Awaited {
    std::map<uint64_t, OnFrozen> callers;  // At least one.
    absl::Time next_look = absl::InfinitePast();
  };

  void Work();
  // The step to look at next, if one is due.
  std::optional<Step> TakeDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Time NextLook() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // Freezes it if that can be, and tells its callers.
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
