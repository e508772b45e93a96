#include "hir/train/policy_update.h"

#include <algorithm>

#include "hir/base/status_macros.h"
#include "hir/objective/update_loss.h"
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

// The response tokens of each row of `batch`, int64 [rows] on the CPU.
at::Tensor RowLengths(absl::Span<const Sequence> sequences, const MicroBatch& batch) {
  std::vector<int64_t> lengths;
  for (size_t row : batch.Rows()) {
    lengths.push_back(static_cast<int64_t>(sequences[row].response.size()));
  }
  return at::tensor(lengths, at::kLong);
}

// The log-probabilities of the micro-batch and, for an entropy bonus, the entropies; these stay
// undefined without one, since they cost passes over all logits.
absl::StatusOr<TokenScores> Scores(const FlatModel& model, absl::Span<const Sequence> sequences,
                                   const MicroBatch& batch, const RunConfig& config,
                                   const ForwardOptions& forward) {
  const ScoredModel scored{model.architecture(), model.compute()};
  const double temperature = config.rollout.temperature;
  if (config.objective.entropy_coef != 0) {
    return MicroBatchScores(scored, sequences, batch, temperature, forward);
  }
  HIR_ASSIGN_OR_RETURN(const at::Tensor log_probs,
                       MicroBatchLogProbs(scored, sequences, batch, temperature, forward));
  return TokenScores{.log_probs = log_probs, .entropies = {}};
}

// Returns the sum of the loss over the micro-batch.
absl::StatusOr<double> AddMicroBatch(FlatModel& model, const UpdateRows& rows,
                                     const MicroBatch& batch, double divisor,
                                     const UpdateOptions& options, const ForwardOptions& forward,
                                     StepStatistics& statistics) {
  const std::vector<int64_t> offsets = ResponseOffsets(rows.sequences);
  HIR_ASSIGN_OR_RETURN(const TokenScores scores,
                       Scores(model, rows.sequences, batch, options.config, forward));
  const at::Tensor& new_logp = scores.log_probs;
  const at::Device device = new_logp.device();
  // What belongs to the micro-batch, where it is computed; an undefined tensor stays undefined.
  const auto part = [&](const at::Tensor& flat) {
    return flat.defined() ? SelectRows(flat, offsets, batch).to(device) : flat;
  };
  const at::Tensor old_logp = part(rows.old_logp);
  const at::Tensor replayed = part(rows.replayed);
  const UpdateLoss loss =
      ComputeUpdateLoss({.new_logp = new_logp,
                         .entropies = scores.entropies,
                         .old_logp = old_logp,
                         .advantages = part(rows.advantages),
                         .importance_weights = part(rows.importance_weights),
                         .reference_logp = part(rows.reference_logp),
                         .lengths = RowLengths(rows.sequences, batch).to(device)},
                        options.config.objective);
  (loss.sum / divisor).backward();
  statistics.AddLoss(loss, new_logp, old_logp, replayed);
  if (options.measure_mismatch) {
    const at::Tensor originals = replayed.logical_not();
    statistics.AddMismatch(new_logp.masked_select(originals),
                           part(rows.rollout_logp).masked_select(originals));
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

absl::StatusOr<double> AccumulateGradients(FlatModel& model, const UpdateRows& rows, double divisor,
                                           const UpdateOptions& options,
                                           StepStatistics& statistics) {
  const Plan plan = MakePlan(model, options.config.learner);
  double loss = 0;
  for (const MicroBatch& batch : PlanMicroBatches(rows.sequences, plan.max_tokens)) {
    const ForwardOptions forward{.activation_checkpointing = batch.tokens > plan.checkpoint_beyond};
    HIR_ASSIGN_OR_RETURN(const double part,
                         AddMicroBatch(model, rows, batch, divisor, options, forward, statistics));
    loss += part;
  }
  return loss;
}

}  // namespace hir
