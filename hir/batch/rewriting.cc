#include "hir/batch/rewriting.h"

#include <map>
#include <utility>

#include "hir/base/status_macros.h"
#include "hir/hindsight/rewriter.h"

namespace hir {
namespace {

absl::StatusOr<Replayed> Rewrite(const StepInput& input, const Candidate& candidate,
                                 double vote_threshold, EncodeText encode) {
  const ScoredResponse& response = input.responses[candidate.index];
  PartedConstraints parted = PartConstraints(response, vote_threshold);
  Replayed replayed = {.response = candidate.index,
                       .as = {.score = candidate.score.total,
                              .diversity_nats = candidate.score.diversity,
                              .integrity = candidate.score.integrity,
                              .kept = std::move(parted.kept),
                              .dropped = std::move(parted.dropped)}};
  const Instruction& instruction = input.tasks.at(response.id.task).instruction;
  HIR_ASSIGN_OR_RETURN(replayed.as.rewritten_instruction,
                       RewriteInstruction(instruction, replayed.as.kept));
  HIR_ASSIGN_OR_RETURN(replayed.prompt, encode(replayed.as.rewritten_instruction));
  return replayed;
}

}  // namespace

int InstructionsOf(const StepInput& input, const RunConfig& config) {
  if (config.rollout.max_resampled_groups > 0) return config.rollout.train_batch_size;
  return static_cast<int>(input.tasks.size() + input.abandoned_tasks);
}

absl::StatusOr<StepSelection> SelectAndRewrite(const StepInput& input, const RunConfig& config,
                                               EncodeText encode) {
  const SelectionSettings settings = {.hindsight = config.hindsight,
                                      .instructions = InstructionsOf(input, config),
                                      .seed = config.seed};
  // Whether a rewritten prompt fits is only known once it is made, so it is kept for the result.
  std::map<size_t, Replayed> fitting;
  absl::Status failure;
  const auto fits = [&](const Candidate& candidate) {
    absl::StatusOr<Replayed> replayed =
        Rewrite(input, candidate, config.hindsight.vote_threshold, encode);
    if (!replayed.ok()) {
      failure.Update(replayed.status());
      return false;
    }
    // The constraints that are left can need more tokens than all of them: a chat template may look
    // at the text.
    if (replayed->prompt.size() > static_cast<size_t>(config.rollout.max_prompt_tokens)) {
      return false;
    }
    fitting.emplace(candidate.index, *std::move(replayed));
    return true;
  };
  StepSelection result;
  HIR_ASSIGN_OR_RETURN(result.selection,
                       SelectForReplay(input.responses, settings, input.step, fits));
  HIR_RETURN_IF_ERROR(failure);
  for (const Candidate& candidate : result.selection.picked) {
    result.replayed.push_back(std::move(fitting.at(candidate.index)));
  }
  return result;
}

}  // namespace hir
