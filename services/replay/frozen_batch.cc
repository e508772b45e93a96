#include "services/replay/frozen_batch.h"

#include "hir/batch/groups.h"
#include "hir/domain/wire/ids.h"
#include "hir/domain/wire/time.h"
#include "services/replay/records.h"

namespace hir {
namespace {

replay::v1::StepFacts FactsProto(const StepFacts& facts) {
  replay::v1::StepFacts proto;
  proto.set_step(facts.step);
  proto.set_originals(facts.originals);
  proto.set_replayed(facts.replayed);
  proto.set_eligible(facts.eligible);
  proto.set_shortfall(facts.shortfall);
  proto.set_unknown(facts.unknown);
  // Only where they differ: a batch of rewards of 0 and 1 keeps its bytes.
  if (facts.unknown_ila != facts.unknown) proto.set_unknown_ila(facts.unknown_ila);
  proto.set_truncated(facts.truncated);
  proto.set_abandoned_tasks(facts.abandoned_tasks);
  proto.set_lambda(facts.lambda);
  proto.set_reward_density(facts.reward_density);
  proto.set_constraint_accuracy(facts.constraint_accuracy);
  proto.set_entropy_mean_nats(facts.entropy_mean_nats);
  proto.set_response_tokens_mean(facts.response_tokens_mean);
  proto.set_response_tokens_max(facts.response_tokens_max);
  proto.set_response_tokens(facts.response_tokens);
  proto.set_reward_std(facts.reward_std);
  // Those of rewards of 0 and 1 follow from the density, and batches of them keep their bytes.
  const bool binary = facts.reward_mean == facts.reward_density &&
                      facts.reward_min == (facts.reward_density < 1 ? 0 : 1) &&
                      facts.reward_max == (facts.reward_density > 0 ? 1 : 0);
  if (!binary) {
    proto.set_reward_mean(facts.reward_mean);
    proto.set_reward_min(facts.reward_min);
    proto.set_reward_max(facts.reward_max);
  }
  proto.set_zero_variance_group_ratio(facts.zero_variance_group_ratio);
  proto.set_prompt_tokens(facts.prompt_tokens);
  proto.set_score_mean(facts.score_mean);
  proto.set_constraints_removed_mean(facts.constraints_removed_mean);
  if (facts.first_insert != absl::InfinitePast()) {
    *proto.mutable_first_insert() = ToProto(facts.first_insert);
  }
  *proto.mutable_frozen_at() = ToProto(facts.frozen_at);
  proto.set_max_staleness(facts.max_staleness);
  proto.set_response_tokens_min(facts.response_tokens_min);
  proto.set_abandon_reason(facts.abandon_reason);
  proto.set_reasoning_unended(facts.reasoning_unended);
  proto.set_left_out_groups(facts.left_out_groups);
  proto.set_left_out_tokens(facts.left_out_tokens);
  return proto;
}

void AddReplay(const ReplayedAs& as, replay::v1::BatchRow& proto) {
  proto.set_replayed(true);
  for (const size_t i : as.kept) proto.add_kept_constraints(static_cast<uint32_t>(i));
  for (const size_t i : as.dropped) proto.add_dropped_constraints(static_cast<uint32_t>(i));
  proto.set_score(as.score);
  proto.set_diversity_nats(as.diversity_nats);
  proto.set_integrity(as.integrity);
  proto.set_rewritten_instruction(as.rewritten_instruction);
}

replay::v1::BatchRow RowProto(const BatchRow& row, const ScoredResponse& response) {
  replay::v1::BatchRow proto;
  proto.set_task(response.id.task);
  proto.set_sample(response.id.sample);
  proto.set_tokens(row.tokens);
  proto.set_included(row.included);
  proto.set_reward(row.reward);
  proto.set_verifier_build(response.verifier_build);
  for (const WeightsId& weights : response.weights) *proto.add_weights() = ToProto(weights);
  return proto;
}

}  // namespace

replay::v1::FrozenBatch ToProto(const Batch& batch, const StepInput& input) {
  replay::v1::FrozenBatch proto;
  proto.set_schema_version(kBatchSchema);
  proto.set_mini_batches(batch.mini_batches);
  *proto.mutable_facts() = FactsProto(batch.facts);
  for (const LeftOutGroup& group : input.left_out) {
    replay::v1::FrozenBatch::LeftOutGroup& added = *proto.add_left_out();
    added.set_task(group.task);
    added.set_reason(LeftOutReasonName(group.reason));
    added.set_responses(group.responses);
    added.set_response_tokens(group.response_tokens);
  }
  for (const BatchRow& row : batch.rows) {
    replay::v1::BatchRow& added = *proto.add_rows();
    added = RowProto(row, input.responses[row.response]);
    if (!row.replayed.has_value()) continue;
    const Replayed& replayed = batch.replayed[*row.replayed];
    AddReplay(replayed.as, added);
    proto.add_rewritten_prompts()->mutable_ids()->Add(replayed.prompt.begin(),
                                                      replayed.prompt.end());
  }
  return proto;
}

}  // namespace hir
