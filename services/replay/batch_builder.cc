#include "services/replay/batch_builder.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "hir/base/status_macros.h"
#include "hir/domain/reward.h"
#include "hir/domain/wire/instruction.h"
#include "hir/hindsight/rewriter.h"
#include "hir/hindsight/selector.h"
#include "services/replay/facts.h"
#include "services/replay/records.h"

namespace hir {
namespace {

struct Rewritten {
  std::string text;
  std::vector<int32_t> prompt_token_ids;
  SelectionScore score;
};

// A response of the step with the task it answers.
struct Original {
  const replay::v1::LeasedTask* task;
  const common::v1::ScoredResponse* scored;
};

std::vector<Original> Originals(const StepInput& input) {
  std::vector<Original> originals;
  for (const StepGroup& group : input.groups) {
    for (const common::v1::ScoredResponse& scored : group.responses) {
      originals.push_back({&group.task, &scored});
    }
  }
  return originals;
}

absl::StatusOr<Rewritten> RewriteFor(const Original& original, const ScoredSample& sample,
                                     const RunConfig& config, const PromptEncoder& encoder) {
  Rewritten rewritten;
  HIR_ASSIGN_OR_RETURN(rewritten.text,
                       RewriteInstruction(FromProto(original.task->task().instruction()),
                                          KeptConstraints(sample.verdicts)));
  HIR_ASSIGN_OR_RETURN(rewritten.prompt_token_ids, encoder.Encode(config, rewritten.text));
  return rewritten;
}

// What a response's rows have in common: its name and where its tokens and verdicts come from.
replay::v1::BatchRow RowOf(const Original& original, const ScoredSample& sample) {
  replay::v1::BatchRow row;
  row.set_task(sample.task);
  row.set_sample(sample.sample);
  row.set_verifier_build(original.scored->verifier_build());
  for (const common::v1::VersionSpan& span : original.scored->response().versions()) {
    *row.add_weights() = span.weights();
  }
  return row;
}

replay::v1::BatchRow OriginalRow(const Original& original, const ScoredSample& sample,
                                 const RunConfig& config) {
  const common::v1::Response& response = original.scored->response();
  const std::optional<int> reward = RewardOf(sample.verdicts);
  replay::v1::BatchRow row = RowOf(original, sample);
  row.set_tokens(
      static_cast<uint32_t>(response.prompt_token_ids_size() + response.token_ids_size()));
  row.set_included(reward.has_value() || config.objective.unknown_reward == UnknownReward::kZero);
  row.set_reward(reward.value_or(0));
  return row;
}

replay::v1::BatchRow ReplayedRow(const Original& original, const ScoredSample& sample,
                                 const Rewritten& rewritten) {
  replay::v1::BatchRow row = RowOf(original, sample);
  row.set_replayed(true);
  row.set_tokens(static_cast<uint32_t>(rewritten.prompt_token_ids.size() +
                                       static_cast<size_t>(sample.tokens)));
  row.set_included(true);
  row.set_reward(1.0);
  for (const size_t i : KeptConstraints(sample.verdicts)) {
    row.add_kept_constraints(static_cast<uint32_t>(i));
  }
  for (const size_t i : DroppedConstraints(sample.verdicts)) {
    row.add_dropped_constraints(static_cast<uint32_t>(i));
  }
  row.set_score(rewritten.score.total);
  row.set_diversity_nats(rewritten.score.diversity);
  row.set_integrity(rewritten.score.integrity);
  row.set_rewritten_instruction(rewritten.text);
  return row;
}

}  // namespace

absl::StatusOr<BuiltBatch> BuildBatch(const StepInput& input, const RunConfig& config,
                                      const PromptEncoder& encoder) {
  BuiltBatch built;
  const std::vector<Original> originals = Originals(input);
  for (const Original& original : originals) {
    built.pool.push_back(ToSample(*original.scored, original.task->task().instruction()));
  }
  const int instructions = static_cast<int>(input.groups.size() + input.abandoned_tasks);
  const SelectionSettings settings = {
      .hindsight = config.hindsight, .instructions = instructions, .seed = config.seed};

  std::map<size_t, Rewritten> rewritten;
  absl::Status failure;
  const auto accept = [&](const Candidate& candidate) {
    auto attempt =
        RewriteFor(originals[candidate.index], built.pool[candidate.index], config, encoder);
    if (!attempt.ok()) {
      failure.Update(attempt.status());
      return false;
    }
    if (attempt->prompt_token_ids.size() > static_cast<size_t>(config.rollout.max_prompt_tokens)) {
      return false;
    }
    attempt->score = candidate.score;
    rewritten[candidate.index] = *std::move(attempt);
    return true;
  };
  HIR_ASSIGN_OR_RETURN(built.selection, SelectForReplay(built.pool, settings, input.step, accept));
  HIR_RETURN_IF_ERROR(failure);

  built.batch.set_schema_version(kBatchSchema);
  built.batch.set_mini_batches(static_cast<uint32_t>(config.objective.updates_per_step));
  *built.batch.mutable_facts() = ComputeFacts(input, built.pool, built.selection);
  for (size_t i = 0; i < originals.size(); ++i) {
    *built.batch.add_rows() = OriginalRow(originals[i], built.pool[i], config);
    const auto found = rewritten.find(i);
    if (found == rewritten.end()) continue;
    *built.batch.add_rows() = ReplayedRow(originals[i], built.pool[i], found->second);
    const std::vector<int32_t>& ids = found->second.prompt_token_ids;
    built.batch.add_rewritten_prompts()->mutable_ids()->Add(ids.begin(), ids.end());
  }
  return built;
}

}  // namespace hir
