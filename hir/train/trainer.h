// Trains the policy: one call a learner step. Free of Torch and of protos, so that what speaks gRPC
// can own a trainer.
//
// Source: REINFORCE++ (arXiv:2501.03262) on batches of hindsight replay (arXiv:2512.23457);
// docs/objective.md holds the formulas and the rules.
#ifndef HIR_TRAIN_TRAINER_H_
#define HIR_TRAIN_TRAINER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "hir/config/run_config.h"
#include "hir/metrics/step_metrics.h"
#include "hir/train/training_sample.h"
#include "hir/weights/packed_weights.h"

namespace hir {

// One rank's part of a frozen batch.
struct TrainingBatch {
  int64_t step = 0;   // From 1.
  uint32_t rows = 0;  // Of the whole batch, all ranks.
  std::vector<TrainingSample> samples;
};

// One rank's copy of the policy, its optimizer and its frozen reference. TrainStep(), Restore() and
// ShareFromRankZero() are collective: every rank calls them in the same order. After an error of
// one of them the weights are undefined: end the process and resume. Not thread-safe.
class Trainer {
 public:
  virtual ~Trainer() = default;

  virtual int rank() const = 0;
  virtual int world_size() const = 0;

  // Makes the optimizer updates of one step and returns its metrics, those of all ranks together.
  // Blocks for the whole computation.
  // INVALID_ARGUMENT: a row the model can't take. FAILED_PRECONDITION, on every rank: the loss, the
  // gradient's norm or the weights of an update are not finite; the message names step and update.
  // DEADLINE_EXCEEDED, UNAVAILABLE: another rank is gone.
  virtual absl::StatusOr<StepMetrics> TrainStep(const TrainingBatch& batch) = 0;

  // The served weights: canonical bytes in the configured type.
  virtual absl::StatusOr<PackedWeights> Pack() = 0;

  // Writes a Hugging Face folder with the served weights, and in a folder of its own below it
  // (training_state.h) the float32 master weights and moments, so that training goes on exactly
  // where it stood. `folder` must not exist. Not collective. ALREADY_EXISTS: `folder` exists.
  // UNAVAILABLE: the disk refuses.
  virtual absl::Status Save(const std::string& folder) = 0;

  // Takes back what Save() wrote. Not collective; see ShareFromRankZero().
  // INVALID_ARGUMENT: another model, a truncated file.
  virtual absl::Status Restore(const std::string& folder) = 0;

  // Gives every rank the weights, moments and `value` of rank 0; returns that value.
  virtual absl::StatusOr<int64_t> ShareFromRankZero(int64_t value) = 0;
};

struct TrainerOptions {
  RunConfig config;  // Model, rollout.temperature, objective, optimizer and learner are obeyed.
  int rank = 0;
  int world_size = 1;
  std::string master;  // HOST:PORT of rank 0's rendezvous; unused for one rank.
  absl::Duration join_timeout = absl::Minutes(5);
  int threads = 0;  // Of the whole process' computation; 0 = one per core.
};

// Joins the other ranks and loads the model. Blocks.
// Errors: those of joining and of loading; INVALID_ARGUMENT: a device or type this build can't use.
absl::StatusOr<std::unique_ptr<Trainer>> MakeTrainer(const TrainerOptions& options);

}  // namespace hir

#endif  // HIR_TRAIN_TRAINER_H_
