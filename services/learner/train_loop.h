// Drives training step by step: batch in, weights out, checkpoint, report.
#ifndef HIR_SERVICES_LEARNER_TRAIN_LOOP_H_
#define HIR_SERVICES_LEARNER_TRAIN_LOOP_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/base/clock.h"
#include "hir/config/run_config.h"
#include "hir/metrics/service_metrics.h"
#include "hir/metrics/step_metrics.h"
#include "hir/run/metrics_log.h"
#include "hir/train/checkpoints.h"
#include "hir/train/trainer.h"
#include "services/learner/collapse_watch.h"
#include "services/learner/learner_outbox.h"
#include "services/learner/ledger.h"
#include "services/learner/resume_check.h"
#include "services/learner/weights_publisher.h"

namespace hir {

// What the loop works with; all of it must outlive the loop.
struct TrainLoopParts {
  Trainer& trainer;
  Ledger& ledger;
  WeightsPublisher& publisher;
  LearnerOutbox& outbox;
  Checkpoints& checkpoints;
  MetricsLog& log;
  LearnerMetrics& metrics;
  Clock& clock;
};

// Decisions of an operator; the same for all ranks.
struct TrainLoopOptions {
  bool new_ledger = false;       // The ledger that knew the checkpoints is lost.
  std::set<int64_t> skip_steps;  // Not trained, because their batches can't be.
};

// Rank 0 acts for all ranks: it takes the incarnation, publishes, writes checkpoints and reports.
// The other ranks only read their shards and train. Not thread-safe.
class TrainLoop {
 public:
  TrainLoop(const RunConfig& config, TrainLoopParts parts, TrainLoopOptions options = {})
      : config_(config), parts_(parts), options_(std::move(options)) {}

  // Restores the newest whole checkpoint (unless checkpoint.resume is off) or starts with the model
  // as given, takes the run over and publishes the initial weights. `address` is where this learner
  // serves. Reports the restored step again, since a watcher may have missed its report. Changes
  // nothing until checkpoint, records of trained steps and replay's ledger have been checked
  // against each other. FAILED_PRECONDITION: they are inconsistent (resume_check.h). Other errors:
  // those of the ledger, the trainer and the checkpoints.
  absl::Status Start(const std::string& address);

  // Whether every step is trained.
  bool done() const { return step_ >= config_.learner.total_steps; }
  // The last step trained.
  int64_t step() const { return step_; }

  // Trains one more step, waiting for its batch. After the last one, the final checkpoint is
  // written and the final report made. A skipped step ends with a checkpoint, so that it need not
  // be skipped again. CANCELLED: told to stop while waiting; nothing is changed. After any other
  // error the process must end. FAILED_PRECONDITION: a restart does not help. REQUIRES: Start()
  // returned OK, !done().
  absl::Status RunOnce();

 private:
  bool leads() const { return parts_.trainer.rank() == 0; }
  // Makes the trainer's weights those of version step_ for everyone.
  absl::Status Publish(const std::string& batch_digest);
  // Returns what the run's folder holds, once it is checked against the ledger.
  absl::StatusOr<ResumeState> FindWhereToResume();
  // Trains on the batch and returns its metrics; skips a step of skip_steps. `ready` receives the
  // time at which its rows were read.
  absl::StatusOr<StepMetrics> TrainOn(const replay::v1::GetBatchResponse& batch, int64_t step,
                                      absl::Time& ready);
  absl::Status WriteCheckpoint(const std::string& batch_digest, std::string& folder);
  // Reports a step; `metrics` are by name, as in metrics.jsonl.
  void Report(const std::map<std::string, double>& metrics, const std::string& batch_digest,
              const std::string& checkpoint, const std::vector<std::string>& warnings);
  void Observe(const StepMetrics& metrics);
  bool CheckpointIsDue() const;

  RunConfig config_;
  TrainLoopParts parts_;
  const TrainLoopOptions options_;
  CollapseWatch collapse_;
  int64_t step_ = 0;
  WeightsId version_;
  absl::Duration checkpointing_;  // Time spent on checkpoints that no step's metrics contain yet.
};

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_TRAIN_LOOP_H_
