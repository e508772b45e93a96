#include "hir/config/check_together.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "hir/base/reasoning_end.h"
#include "hir/base/status_macros.h"
#include "hir/config/check_objective.h"
#include "hir/config/eval_suites.h"
#include "hir/domain/response.h"

namespace hir {
namespace {

absl::Status CheckSchedule(const OptimizerConfig& optimizer, int total_steps) {
  const double warmup = optimizer.warmup;
  if (warmup >= 1 && warmup != std::floor(warmup)) {
    return absl::InvalidArgumentError(
        absl::StrCat("optimizer.warmup is ", warmup,
                     " but must be a whole number of steps, or below 1 a share of them."));
  }
  if (warmup > total_steps) {
    return absl::InvalidArgumentError(absl::StrCat("optimizer.warmup is ", warmup,
                                                   " but must be at most learner.total_steps, ",
                                                   total_steps, "."));
  }
  if (optimizer.schedule == LrSchedule::kConstant && optimizer.min_lr_ratio != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("optimizer.min_lr_ratio is ", optimizer.min_lr_ratio,
                     " but optimizer.schedule is constant, which never falls to it; set the "
                     "schedule to linear or cosine, or min_lr_ratio to 0."));
  }
  return absl::OkStatus();
}

absl::Status CheckLora(const LoraConfig& lora) {
  const auto& targets = lora.targets;
  const bool all =
      std::find(targets.begin(), targets.end(), LoraTarget::kAllLinear) != targets.end();
  if (!all || targets.size() == 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "lora.targets has all-linear beside other names; give it alone, or the names.");
}

absl::Status CheckHindsight(const RunConfig& c) {
  const HindsightConfig& hindsight = c.hindsight;
  if (hindsight.mode == SelectionMode::kAll && hindsight.scope == SelectionScope::kInstruction) {
    return absl::InvalidArgumentError(
        "hindsight.scope is instruction but hindsight.mode is all, which replays every eligible "
        "response of every group; set the scope to batch, or another mode.");
  }
  if (hindsight.mode == SelectionMode::kOff && hindsight.weight != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("hindsight.weight is ", hindsight.weight,
                     " but hindsight.mode is off, which replays nothing that could be weighted; "
                     "set weight to 1, or another mode."));
  }
  if (hindsight.mode == SelectionMode::kOff && hindsight.vote_threshold != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "hindsight.vote_threshold is ", hindsight.vote_threshold,
        " but hindsight.mode is off, which rewrites no instruction; set vote_threshold to 0, or "
        "another mode."));
  }
  if (hindsight.replay_per_prompt > c.rollout.responses_per_prompt) {
    return absl::InvalidArgumentError(
        absl::StrCat("hindsight.replay_per_prompt is ", hindsight.replay_per_prompt,
                     " but must be at most rollout.responses_per_prompt, ",
                     c.rollout.responses_per_prompt, "."));
  }
  return absl::OkStatus();
}

// Each version that comes while a response runs begins a span of it.
absl::Status CheckSpans(const RolloutConfig& rollout) {
  const int versions = std::min(rollout.max_staleness, rollout.max_response_tokens - 1);
  if (rollout.swap != SwapPolicy::kKeep || versions < kMostSpans) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "rollout.max_staleness is ", rollout.max_staleness,
      " with rollout.swap keep, so tokens of one response could be of ", versions + 1,
      " versions, but a response can name ", kMostSpans, "; set rollout.max_staleness to at most ",
      kMostSpans - 1, " or rollout.swap to finish."));
}

}  // namespace

absl::Status CheckTogether(const RunConfig& c) {
  if (c.model.path.empty()) {
    return absl::InvalidArgumentError("model.path is empty but must be a model folder.");
  }
  if (c.data.train.empty()) {
    return absl::InvalidArgumentError(
        "data.train is empty but must be a file of instructions, or a list of them.");
  }
  if (const absl::Status mark = CheckReasoningEnd(c.model.reasoning_end); !mark.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("model.", mark.message(), "."));
  }
  if (c.output_dir.empty()) return absl::InvalidArgumentError("output_dir must not be empty.");
  if (c.rollout.max_resampled_groups > 0 && c.rollout.responses_per_prompt == 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "rollout.max_resampled_groups is ", c.rollout.max_resampled_groups,
        " but rollout.responses_per_prompt is 1: a group of one has no two rewards that could "
        "differ, so every group would be replaced; raise responses_per_prompt, or set "
        "max_resampled_groups to 0."));
  }
  if (c.rollout.max_resampled_groups > 0 && c.objective.unknown_reward == UnknownReward::kZero) {
    return absl::InvalidArgumentError(absl::StrCat(
        "rollout.max_resampled_groups is ", c.rollout.max_resampled_groups,
        ", which compares known rewards only, but objective.unknown_reward is zero; set "
        "unknown_reward to exclude, or max_resampled_groups to 0."));
  }
  HIR_RETURN_IF_ERROR(CheckHindsight(c));
  const int rows = c.rollout.train_batch_size * c.rollout.responses_per_prompt;
  if (c.objective.updates_per_step > rows) {
    return absl::InvalidArgumentError(absl::StrCat(
        "objective.updates_per_step is ", c.objective.updates_per_step, " but must be at most ",
        rows, ", the rows of a step (train_batch_size * responses_per_prompt)."));
  }
  HIR_RETURN_IF_ERROR(CheckObjective(c));
  HIR_RETURN_IF_ERROR(CheckLora(c.lora));
  HIR_RETURN_IF_ERROR(CheckSchedule(c.optimizer, c.learner.total_steps));
  HIR_RETURN_IF_ERROR(CheckSpans(c.rollout));
  HIR_RETURN_IF_ERROR(CheckEvaluations(c));
  if (c.rollout.deterministic && c.model.dtype != Dtype::kF32) {
    return absl::InvalidArgumentError(
        absl::StrCat("rollout.deterministic is true but model.dtype is ", WordOf(c.model.dtype),
                     "; it must be f32."));
  }
  return absl::OkStatus();
}

}  // namespace hir
