// Gradients of one optimizer update over this rank's rows, micro-batch by micro-batch.
#ifndef HIR_TRAIN_POLICY_UPDATE_H_
#define HIR_TRAIN_POLICY_UPDATE_H_

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/config/run_config.h"
#include "hir/train/flat_model.h"
#include "hir/train/micro_batches.h"
#include "hir/train/step_statistics.h"

namespace hir {

// Rows and their response tokens, concatenated in flat tensors [tokens] on the CPU.
struct UpdateRows {
  std::vector<Sequence> sequences;
  at::Tensor old_logp;            // float32; pi_old of the ratio.
  at::Tensor advantages;          // float64.
  at::Tensor replayed;            // bool.
  at::Tensor rollout_logp;        // float32; recorded by the worker under the prompt of originals.
  at::Tensor importance_weights;  // float32 (importance.h); undefined = 1 each.
  at::Tensor reference_logp;      // float32; undefined without a KL penalty in the loss.
};

// Settings of one update.
struct UpdateOptions {
  const RunConfig& config;        // Uses rollout.temperature, objective and learner.
  bool measure_mismatch = false;  // Set while the weights are still those of the rollout.
};

// Adds the gradients of the loss's sum over the rows (aggregation.h) / `divisor` to
// model.gradients() and the measurements to `statistics`; returns that sum. Blocks for the whole
// computation.
//
// With kAuto checkpointing, micro-batches are so small that their activations take about
// kActivationBytes (small ones cost little, since the weights' gradients are accumulated in place);
// only a single longer sequence is recomputed in backward instead. Errors: those of
// MicroBatchLogProbs().
absl::StatusOr<double> AccumulateGradients(FlatModel& model, const UpdateRows& rows, double divisor,
                                           const UpdateOptions& options,
                                           StepStatistics& statistics);

inline constexpr int64_t kActivationBytes = int64_t{768} << 20;

// The approximate number of tokens whose activations fit into kActivationBytes, at least 256.
int64_t TokensWithoutCheckpointing(const Architecture& architecture, at::ScalarType compute_type);

}  // namespace hir

#endif  // HIR_TRAIN_POLICY_UPDATE_H_
