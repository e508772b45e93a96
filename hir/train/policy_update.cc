#include "hir/train/policy_update.h"

#include <algorithm>

#include "hir/base/status_macros.h"
#include "hir/objective/policy_loss.h"
#include "hir/train/scoring.h"

namespace hir {
namespace {

struct Plan {
  int64_t max_tokens;         // Of a micro-batch.
  int64_t checkpoint_beyond;  // Micro-batches with more tokens use activation checkpointing.
};

Plan MakePlan(const FlatModel& model, const LearnerConfig& config) {
  const int64_t most = config.max_tokens_per_micro_batch;
  switch (config.activation_checkpointing) {
    case ActivationCheckpointing::kOn:
      return {most, 0};
    case ActivationCheckpointing::kOff:
      return {most, INT64_MAX};
    case ActivationCheckpointing::kAuto:
      break;
  }
  const int64_t tokens =
      TokensWithoutCheckpointing(model.architecture(), model.compute().embedding.scalar_type());
  return {std::min(most, tokens), tokens};
}

// Returns the sum of the loss over the micro-batch.
absl::StatusOr<double> AddMicroBatch(FlatModel& model, const UpdateRows& rows,
                                     const MicroBatch& batch, int64_t global_tokens,
                                     const UpdateOptions& options, const ForwardOptions& forward,
                                     StepStatistics& statistics) {
  const std::vector<int64_t> offsets = ResponseOffsets(rows.sequences);
  HIR_ASSIGN_OR_RETURN(const at::Tensor new_logp,
                       MicroBatchLogProbs({model.architecture(), model.compute()}, rows.sequences,
                                          batch, options.config.rollout.temperature, forward));
  const at::Device device = new_logp.device();
  const at::Tensor old_logp = SelectRows(rows.old_logp, offsets, batch).to(device);
  const at::Tensor replayed = SelectRows(rows.replayed, offsets, batch).to(device);
  const ObjectiveConfig& objective = options.config.objective;
  at::Tensor importance_weights;
  if (rows.importance_weights.defined()) {
    importance_weights = SelectRows(rows.importance_weights, offsets, batch).to(device);
  }
  const PolicyLoss loss =
      ComputePolicyLoss(new_logp, old_logp, SelectRows(rows.advantages, offsets, batch).to(device),
                        {.clip_ratio_low = objective.clip_ratio_low,
                         .clip_ratio_high = objective.clip_ratio_high,
                         .dual_clip = objective.dual_clip},
                        importance_weights);
  (loss.sum / static_cast<double>(global_tokens)).backward();
  statistics.AddLoss(loss, new_logp, old_logp, replayed);
  if (options.measure_mismatch) {
    const at::Tensor originals = replayed.logical_not();
    const at::Tensor rollout_logp = SelectRows(rows.rollout_logp, offsets, batch).to(device);
    statistics.AddMismatch(new_logp.masked_select(originals),
                           rollout_logp.masked_select(originals));
  }
  return loss.sum.item<double>();
}

}  // namespace

int64_t TokensWithoutCheckpointing(const Architecture& architecture, at::ScalarType compute_type) {
  const Architecture& a = architecture;
  // What backward keeps of a layer, in elements per token: norms and residuals, q, k, v and the
  // attention's output, gate, up and their product, each about once as input and once as output.
  const int64_t norms = a.norms == NormPlacement::kBefore ? 0 : 2;  // Of outputs.
  const int64_t elements = (6 + norms) * a.hidden_size + 3 * (a.heads + a.kv_heads) * a.head_dim +
                           4 * a.intermediate_size;
  const int64_t bytes = a.layers * elements * static_cast<int64_t>(c10::elementSize(compute_type));
  return std::max<int64_t>(256, kActivationBytes / std::max<int64_t>(bytes, 1));
}

absl::StatusOr<double> AccumulateGradients(FlatModel& model, const UpdateRows& rows,
                                           int64_t global_tokens, const UpdateOptions& options,
                                           StepStatistics& statistics) {
  const Plan plan = MakePlan(model, options.config.learner);
  double loss = 0;
  for (const MicroBatch& batch : PlanMicroBatches(rows.sequences, plan.max_tokens)) {
    const ForwardOptions forward{.activation_checkpointing = batch.tokens > plan.checkpoint_beyond};
    HIR_ASSIGN_OR_RETURN(const double part, AddMicroBatch(model, rows, batch, global_tokens,
                                                          options, forward, statistics));
    loss += part;
  }
  return loss;
}

}  // namespace hir
