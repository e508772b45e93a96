// Trains the policy, with one call per learner step. Free of Torch and of protos, so that gRPC
// services can own a trainer.
//
// Source: REINFORCE++ (arXiv:2501.03262) on batches of hindsight replay (arXiv:2512.23457);
// docs/objective.md has the formulas and the rules.
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
  uint32_t rows = 0;  // Rows of the whole batch, over all ranks.
  std::vector<TrainingSample> samples;
};

// One rank's copy of the policy, its optimizer and its frozen reference. TrainStep(), Restore() and
// ShareFromRankZero() are collective: every rank calls them in the same order. After an error in
// one of them the weights are undefined: end the process and resume. Not thread-safe.
class Trainer {
 public:
  virtual ~Trainer() = default;

  virtual int rank() const = 0;
  virtual int world_size() const = 0;

  // Makes the optimizer updates of one step and returns its metrics over all ranks. Blocks for the
  // whole computation.
  // INVALID_ARGUMENT: a row that the model can't take. FAILED_PRECONDITION, on every rank: the
  // loss, the gradient's norm or the weights of an update are not finite; the message names step
  // and update.
  // DEADLINE_EXCEEDED, UNAVAILABLE: another rank is gone.
  virtual absl::StatusOr<StepMetrics> TrainStep(const TrainingBatch& batch) = 0;

  // The served weights: canonical bytes in the configured type, with a probe. Not collective.
  virtual absl::StatusOr<PackedWeights> Pack() = 0;

  // Writes a Hugging Face folder with the served weights, or with lora.rank a folder of PEFT with
  // the adapters, and, in a subfolder (training_state.h), master weights and moments in float32, so
  // that training can continue exactly where it stopped. `folder` must not exist. Not collective.
  // ALREADY_EXISTS: `folder` exists. UNAVAILABLE: it can't be written.
  virtual absl::Status Save(const std::string& folder) = 0;

  // Loads what Save() wrote. Not collective; see ShareFromRankZero().
  // INVALID_ARGUMENT: another model, a truncated file.
  virtual absl::Status Restore(const std::string& folder) = 0;

  // Copies the weights, moments and `value` of rank 0 to every rank; returns that value.
  virtual absl::StatusOr<int64_t> ShareFromRankZero(int64_t value) = 0;
};

// What a rank needs to make its trainer.
struct TrainerOptions {
  // Uses seed, model, objective, optimizer, lora, learner, of hindsight old_logprobs and weight,
  // and of rollout temperature and max_response_tokens.
  RunConfig config;
  int rank = 0;
  int world_size = 1;
  std::string master;  // HOST:PORT of rank 0's rendezvous; unused for one rank.
  absl::Duration join_timeout = absl::Minutes(5);
  int threads = 0;  // Compute threads of the whole process; 0 = one per core.
};

// Joins the other ranks and loads the model. Blocks.
// Errors: those of joining and of loading; INVALID_ARGUMENT: a device or type that this build can't
// use.
absl::StatusOr<std::unique_ptr<Trainer>> MakeTrainer(const TrainerOptions& options);

}  // namespace hir

#endif  // HIR_TRAIN_TRAINER_H_
