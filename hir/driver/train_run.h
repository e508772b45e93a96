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
#include "hir/driver/run_observer.h"
#include "hir/driver/train_inputs.h"
#include "hir/rpc/tls.h"
#include "hir/supervisor/local_ring.h"

namespace hir {

struct TrainRequest {
  RingAddresses connect;  // All empty: a local ring is started.
  TlsFiles tls;           // Of `connect`.
  // Of the local ring:
  std::string bin_dir;                      // Folder of the hir-* programs.
  int learners = 1;                         // Learner processes.
  std::vector<std::string> verifier_flags;  // Of its hir-verifier.
  std::vector<int64_t> skip_steps;          // Their batches can't be trained; each >= 1.
  // Of any ring:
  bool new_ledger = false;  // The ledger is lost, the checkpoints are not.

  bool is_local() const { return connect.replay.empty(); }
};

struct TrainResult {
  int restarts = 0;        // Of services of the local ring.
  std::string comparison;  // Sentences on what training changed; empty without two evaluations.
  std::string checkpoint;  // Folder of the last one; empty if it is not on this machine.
  std::string report;      // RUN/report.html.
};

// Whether the run's folder can be gone on with, as far as can be told before anything is written.
// FAILED_PRECONDITION: it has another format, or no checkpoint for `new_ledger`; the message says
// what to do.
absl::Status CheckTrainRun(const TrainRequest& request, const TrainInputs& inputs);

// Trains the run to its end, or goes on with it where it stands; holds its lock meanwhile. Blocks;
// the local ring is stopped when it returns. CANCELLED: `should_stop` returned true.
// FAILED_PRECONDITION: another process is at work on the run, its folder holds a run with another
// configuration, or the ledger is lost. Other errors are the services' own.
absl::StatusOr<TrainResult> TrainRun(const TrainRequest& request, const TrainInputs& inputs,
                                     RunObserver& observer,
                                     const std::function<bool()>& should_stop);

}  // namespace hir

#endif  // HIR_DRIVER_TRAIN_RUN_H_
