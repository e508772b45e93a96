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
  TrainLoop(const RunConfig& config, TrainLoopParts parts) : config_(config), parts_(parts) {}

  // Takes up the newest whole checkpoint (unless checkpoint.resume is off) or the model as given,
  // takes the run over and publishes the weights to start from. `address` is where this learner
  // serves. Errors: those of the ledger, the trainer and the checkpoints.
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
  absl::Status WriteCheckpoint(std::string& folder);
  void Report(const std::map<std::string, double>& metrics, const std::string& checkpoint);
  void Observe(const std::map<std::string, double>& metrics);
  bool CheckpointIsDue() const;

  RunConfig config_;
  TrainLoopParts parts_;
  int64_t step_ = 0;
  WeightsVersion version_;
};

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_TRAIN_LOOP_H_
