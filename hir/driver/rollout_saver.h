// Brings the responses of frozen steps from replay into the run's folder.
#ifndef HIR_DRIVER_ROLLOUT_SAVER_H_
#define HIR_DRIVER_ROLLOUT_SAVER_H_

#include <cstdint>
#include <functional>
#include <set>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/client/replay_client.h"
#include "hir/run/run_folder.h"

namespace hir {

// Not thread-safe.
class RolloutSaver {
 public:
  // Both must outlive this.
  RolloutSaver(ReplayClient& replay, const RunFolder& folder) : replay_(replay), folder_(folder) {}

  // Skips the steps up to `step`, which were in a ledger that is lost.
  void BeginAfter(int64_t step) { asked_to_ = step; }

  // Saves every step up to `step` that is not on disk yet. A step that replay has dropped is
  // skipped for good; after an error of replay, the step is requested again in the next call.
  // CANCELLED: `should_stop` returned true. UNAVAILABLE: the folder can't be written.
  absl::Status SaveUpTo(int64_t step, const std::function<bool()>& should_stop);

 private:
  // True if the step is on disk or will never be; false = request it again.
  absl::StatusOr<bool> Save(int64_t step, const std::function<bool()>& should_stop);

  ReplayClient& replay_;
  const RunFolder& folder_;
  int64_t asked_to_ = 0;
  std::set<int64_t> missing_;  // Steps up to asked_to_ that are not on disk yet.
};

}  // namespace hir

#endif  // HIR_DRIVER_ROLLOUT_SAVER_H_
