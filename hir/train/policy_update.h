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

// Rows and, row after row, their response tokens: flat tensors [tokens] on the CPU.
struct UpdateRows {
  std::vector<Sequence> sequences;
  at::Tensor old_logp;      // float32; pi_old of the ratio.
  at::Tensor advantages;    // float64.
  at::Tensor replayed;      // bool.
  at::Tensor rollout_logp;  // float32; recorded by the worker under the prompt of originals.
};

struct UpdateOptions {
  const RunConfig& config;        // rollout.temperature, objective and learner are obeyed.
  bool measure_mismatch = false;  // The weights are still those of the rollout.
};

// Adds to model.gradients() those of sum(loss over the rows) / `global_tokens`, and to `statistics`
// what happened; returns that sum of the loss. Blocks for the whole computation.
//
// With kAuto checkpointing, micro-batches are kept so small that activations take about
// kActivationBytes (small pieces cost little: the weights' gradients are added up in place); only a
// single sequence that is longer is computed twice instead. Errors: those of MicroBatchLogProbs().
absl::StatusOr<double> AccumulateGradients(FlatModel& model, const UpdateRows& rows,
                                           int64_t global_tokens, const UpdateOptions& options,
                                           StepStatistics& statistics);

inline constexpr int64_t kActivationBytes = int64_t{768} << 20;

// About how many tokens' activations fit into kActivationBytes, at least 256.
int64_t TokensWithoutCheckpointing(const Architecture& architecture, at::ScalarType compute_type);

}  // namespace hir

#endif  // HIR_TRAIN_POLICY_UPDATE_H_
