// A whole run: from checked inputs to a trained checkpoint, on a ring of this machine or one that
// runs elsewhere.
#ifndef HIR_DRIVER_TRAIN_RUN_H_
#define HIR_DRIVER_TRAIN_RUN_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/client/ring_addresses.h"
#include "hir/driver/run_observer.h"
#include "hir/driver/train_inputs.h"
#include "hir/rpc/tls.h"
#include "hir/supervisor/rollout_workers.h"

namespace hir {

struct TrainRequest {
  // All empty: a local ring is started. Workers alone may be missing: evaluations are then done by
  // those that replay lists.
  RingAddresses connect;
  TlsFiles tls;  // Of `connect`.
  // Of the local ring:
  std::string bin_dir;                      // Folder of the hir-* programs.
  int learners = 1;                         // Learner processes.
  RolloutWorkers workers;                   // Its rollout workers.
  std::vector<std::string> verifier_flags;  // Of its hir-verifier.
  std::vector<int64_t> skip_steps;          // Their batches can't be trained; each >= 1.
  // Of any ring:
  bool new_ledger = false;  // The ledger is lost, the checkpoints are not.

  bool is_local() const { return connect.replay.empty(); }
};

struct TrainResult {
  int restarts = 0;           // Of services of the local ring.
  std::string comparison;     // Sentences on what training changed; empty without two evaluations.
  std::string stopped_early;  // Why it ended before its last step; empty = it did not.
  std::string best;           // Folder of the best checkpoint; empty unless it is looked for.
  std::string checkpoint;     // Folder of the last one; empty if it is not on this machine.
  std::string report;         // RUN/report.html.
};

// One sentence on how the rollout workers of a local ring are placed on this machine, for people.
std::string DescribeWorkers(const TrainRequest& request, const RunConfig& config);

// Checks, before anything is written, whether the run can be started or continued in its folder.
// FAILED_PRECONDITION: it has another format, or no checkpoint for `new_ledger`; the message says
// what to do.
absl::Status CheckTrainRun(const TrainRequest& request, const TrainInputs& inputs);

// Trains the run to its end, from the start or from where it was interrupted, and holds the run's
// lock while it does. Blocks; the local ring is stopped when it returns. CANCELLED: `should_stop`
// returned true. FAILED_PRECONDITION: another process trains the run, its folder holds a run with
// another configuration, or the ledger is lost. Other errors are the services' own.
absl::StatusOr<TrainResult> TrainRun(const TrainRequest& request, const TrainInputs& inputs,
                                     RunObserver& observer,
                                     const std::function<bool()>& should_stop);

}  // namespace hir

#endif  // HIR_DRIVER_TRAIN_RUN_H_
