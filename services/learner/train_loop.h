// Drives training step by step: batch in, weights out, checkpoint, report.
#ifndef HIR_SERVICES_LEARNER_TRAIN_LOOP_H_
#define HIR_SERVICES_LEARNER_TRAIN_LOOP_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/base/clock.h"
#include "hir/config/run_config.h"
#include "hir/metrics/names.h"
#include "hir/train/checkpoints.h"
#include "hir/train/trainer.h"
#include "services/learner/ledger.h"
#include "services/learner/metrics_log.h"
#include "services/learner/step_board.h"
#include "services/learner/weights_publisher.h"

namespace hir {

// What the loop works with; all outlive it.
struct TrainLoopParts {
  Trainer& trainer;
  Ledger& ledger;
  WeightsPublisher& publisher;
  StepBoard& board;
  Checkpoints& checkpoints;
  MetricsLog& log;
  LearnerMetrics& metrics;
  Clock& clock;
};

// Rank 0 speaks for all ranks: it takes the incarnation, publishes, writes checkpoints and reports.
// The others only read their shards and train. Not thread-safe.
class TrainLoop {
 public:
  // `new_ledger`: the ledger that knew the checkpoints is lost, and going on from one is meant.
  TrainLoop(const RunConfig& config, TrainLoopParts parts, bool new_ledger = false)
      : config_(config), parts_(parts), new_ledger_(new_ledger) {}

  // Takes up the newest whole checkpoint (unless checkpoint.resume is off) or the model as given,
  // takes the run over and publishes the weights to start from. `address` is where this learner
  // serves. What is resumed is reported: whoever watches may have missed its report.
  // FAILED_PRECONDITION: the checkpoint is of another ledger than replay's and that is not meant.
  // Other errors: those of the ledger, the trainer and the checkpoints.
  absl::Status Start(const std::string& address);

  // Whether every step is trained.
  bool done() const { return step_ >= config_.learner.total_steps; }
  // The last step trained.
  int64_t step() const { return step_; }

  // Trains one more step, waiting for its batch. After the last one, the final checkpoint is
  // written and the final report made. CANCELLED: told to stop while waiting; nothing is changed.
  // Any other error is for good: end the process. REQUIRES: Start() returned OK, !done().
  absl::Status RunOnce();

 private:
  bool leads() const { return parts_.trainer.rank() == 0; }
  // Makes the trainer's weights those of version step_ for everyone.
  absl::Status Publish(const std::string& batch_digest);
  // Whether replay's ledger is the one that the checkpoint was written with.
  absl::Status CheckLedger(const FoundCheckpoint& found);
  absl::Status WriteCheckpoint(std::string& folder);
  void Report(const std::map<std::string, double>& metrics, const std::string& checkpoint);
  void Observe(const std::map<std::string, double>& metrics);
  bool CheckpointIsDue() const;

  RunConfig config_;
  TrainLoopParts parts_;
  bool new_ledger_;
  int64_t step_ = 0;
  WeightsVersion version_;
  absl::Duration checkpointing_;  // Time spent on checkpoints that no step's metrics contain yet.
};

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_TRAIN_LOOP_H_
