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

// What the loop works with; all outlive it.
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

// What an operator decides; the same for all ranks.
struct TrainLoopOptions {
  bool new_ledger = false;       // The ledger that knew the checkpoints is lost.
  std::set<int64_t> skip_steps;  // Not trained: their batches can't be.
};

// Rank 0 speaks for all ranks: it takes the incarnation, publishes, writes checkpoints and reports.
// The others only read their shards and train. Not thread-safe.
class TrainLoop {
 public:
  TrainLoop(const RunConfig& config, TrainLoopParts parts, TrainLoopOptions options = {})
      : config_(config), parts_(parts), options_(std::move(options)) {}

  // Takes up the newest whole checkpoint (unless checkpoint.resume is off) or the model as given,
  // takes the run over and publishes the weights to start from. `address` is where this learner
  // serves. What is resumed is reported: whoever watches may have missed its report.
  // Nothing is changed before the checkpoint, the records of trained steps and replay's ledger are
  // seen to agree. FAILED_PRECONDITION: they don't (resume_check.h). Other errors: those of the
  // ledger, the trainer and the checkpoints.
  absl::Status Start(const std::string& address);

  // Whether every step is trained.
  bool done() const { return step_ >= config_.learner.total_steps; }
  // The last step trained.
  int64_t step() const { return step_; }

  // Trains one more step, waiting for its batch. After the last one, the final checkpoint is
  // written and the final report made. A step that is to be skipped ends with a checkpoint, so that
  // nobody has to decide it again. CANCELLED: told to stop while waiting; nothing is changed.
  // Any other error is for good: end the process. FAILED_PRECONDITION: starting again does not
  // help. REQUIRES: Start() returned OK, !done().
  absl::Status RunOnce();

 private:
  bool leads() const { return parts_.trainer.rank() == 0; }
  // Makes the trainer's weights those of version step_ for everyone.
  absl::Status Publish(const std::string& batch_digest);
  // What lies in the run's folder, in agreement with the ledger.
  absl::StatusOr<ResumeState> FindWhereToResume();
  // Its metrics; none of a step that is skipped. `ready` is when its rows were there.
  absl::StatusOr<StepMetrics> TrainOn(const replay::v1::GetBatchResponse& batch, int64_t step,
                                      absl::Time& ready);
  absl::Status WriteCheckpoint(const std::string& batch_digest, std::string& folder);
  // `metrics` by name, as in metrics.jsonl.
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
