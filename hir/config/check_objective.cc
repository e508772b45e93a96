#include "hir/config/check_objective.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

// "objective.NAME is VALUE but " and then what is wrong.
template <typename Value>
absl::Status Refuse(const char* name, const Value& value, const std::string& why) {
  return absl::InvalidArgumentError(absl::StrCat("objective.", name, " is ", value, " but ", why));
}

absl::Status CheckReward(const RunConfig& c) {
  const RewardRule& rule = c.objective.reward;
  const RewardRule defaults;
  if (rule.kind != RewardKind::kGraded && rule.graded_bonus != defaults.graded_bonus) {
    return Refuse("graded_bonus", rule.graded_bonus,
                  absl::StrCat("objective.reward is ", WordOf(rule.kind),
                               ", which has no bonus; set objective.reward to graded, or leave "
                               "objective.graded_bonus out."));
  }
  if (rule.overlong_buffer == 0 && rule.overlong_penalty != defaults.overlong_penalty) {
    return Refuse("overlong_penalty", rule.overlong_penalty,
                  "objective.overlong_buffer is 0, so nothing is penalised; set "
                  "objective.overlong_buffer, or leave objective.overlong_penalty out.");
  }
  if (rule.overlong_buffer > c.rollout.max_response_tokens) {
    return Refuse("overlong_buffer", rule.overlong_buffer,
                  absl::StrCat("must be at most rollout.max_response_tokens, ",
                               c.rollout.max_response_tokens, "."));
  }
  if (rule.overlong_buffer > 0 && c.rollout.ignore_eos) {
    return Refuse("overlong_buffer", rule.overlong_buffer,
                  "rollout.ignore_eos is true, so every response is penalised alike; set "
                  "objective.overlong_buffer to 0.");
  }
  if (rule.truncated == TruncatedReward::kKeep) return absl::OkStatus();
  if (c.rollout.ignore_eos) {
    return Refuse("truncated", WordOf(rule.truncated),
                  "rollout.ignore_eos is true, so every response is truncated; set "
                  "objective.truncated to keep.");
  }
  if (c.hindsight.mode != SelectionMode::kOff && c.hindsight.replay_truncated) {
    return Refuse("truncated", WordOf(rule.truncated),
                  "hindsight.replay_truncated is true, and such a response would be replayed for "
                  "nothing; set hindsight.replay_truncated to false.");
  }
  return absl::OkStatus();
}

absl::Status CheckAdvantage(const RunConfig& c) {
  const ObjectiveConfig& o = c.objective;
  if (!IsGrouped(o.advantage)) return absl::OkStatus();
  const std::string word = WordOf(o.advantage);
  if (c.rollout.responses_per_prompt < 2) {
    return Refuse("advantage", word,
                  absl::StrCat("rollout.responses_per_prompt is ", c.rollout.responses_per_prompt,
                               ", which leaves no other response to compare with; set it to at "
                               "least 2."));
  }
  if (o.gamma != 1) {
    return Refuse("advantage", word,
                  absl::StrCat("objective.gamma is ", o.gamma,
                               ", and only reinforce++ discounts; set objective.gamma to 1."));
  }
  const RewardRule& rule = o.reward;
  if (o.advantage == AdvantageEstimator::kMaxRl &&
      (rule.kind != RewardKind::kIla || rule.overlong_buffer > 0)) {
    return Refuse("advantage", word,
                  "its rewards must be 0 or 1, since it divides by the share of successes; set "
                  "objective.reward to ila and objective.overlong_buffer to 0.");
  }
  const bool scales =
      o.advantage == AdvantageEstimator::kGrpo || o.advantage == AdvantageEstimator::kMaxRl;
  if (scales && o.kl_coef > 0 && o.kl_in == KlIn::kReward) {
    return Refuse("advantage", word,
                  absl::StrCat("objective.kl_in is reward, and where all responses of a group have "
                               "one reward, dividing by the group would scale the KL penalty up to "
                               "the size of a reward; set objective.kl_in to loss, or "
                               "objective.kl_coef to 0."));
  }
  return absl::OkStatus();
}

absl::Status CheckLoss(const ObjectiveConfig& o) {
  if (o.dual_clip != 0 && o.dual_clip <= 1) {
    return Refuse("dual_clip", o.dual_clip, "must be 0, which turns the bound off, or above 1.");
  }
  if (o.loss == PolicyLossKind::kCispo && o.dual_clip != 0) {
    return Refuse("loss", "cispo",
                  absl::StrCat("objective.dual_clip is ", o.dual_clip,
                               ", and the weights of cispo are clipped already; set "
                               "objective.dual_clip to 0."));
  }
  return absl::OkStatus();
}

absl::Status CheckKl(const ObjectiveConfig& o) {
  if (o.kl_coef == 0 && o.kl_in == KlIn::kLoss) {
    return Refuse("kl_in", "loss",
                  "objective.kl_coef is 0, so there is no KL penalty; set objective.kl_coef above "
                  "0, or objective.kl_in to reward.");
  }
  if (o.kl_coef == 0 && o.kl_estimator != KlEstimator::kK1) {
    return Refuse("kl_estimator", WordOf(o.kl_estimator),
                  "objective.kl_coef is 0, so nothing is estimated; set objective.kl_coef above 0, "
                  "or objective.kl_estimator to k1.");
  }
  if (o.kl_coef == 0 && o.reference_refresh_steps > 0) {
    return Refuse("reference_refresh_steps", o.reference_refresh_steps,
                  "objective.kl_coef is 0, so there is no reference; set objective.kl_coef above "
                  "0, or objective.reference_refresh_steps to 0.");
  }
  if (o.kl_in == KlIn::kLoss && o.kl_estimator == KlEstimator::kK1) {
    return Refuse("kl_in", "loss",
                  "objective.kl_estimator is k1, whose gradient does not depend on the reference "
                  "and is 0 on average; set objective.kl_estimator to k3 or k2.");
  }
  return absl::OkStatus();
}

absl::Status CheckImportance(const ObjectiveConfig& o) {
  const double cap = o.importance_cap;
  if (cap == 0) {
    if (o.importance_level == ImportanceLevel::kToken) return absl::OkStatus();
    return Refuse("importance_level", "sequence",
                  "objective.importance_cap is 0, so nothing is weighed; set "
                  "objective.importance_cap to at least 1, or objective.importance_level to "
                  "token.");
  }
  if (cap < 1) {
    return Refuse("importance_cap", cap,
                  "must be 0, which turns the weights off, or at least 1, so that a token on "
                  "which rollout and learner agree keeps its loss.");
  }
  if (o.old_logprobs_from == OldLogprobsFrom::kRollout) {
    return Refuse("importance_cap", cap,
                  "objective.old_logprobs_from is rollout, which leaves nothing to weigh; set it "
                  "to learner, or importance_cap to 0.");
  }
  if (o.loss == PolicyLossKind::kGspo && o.importance_level == ImportanceLevel::kToken) {
    return Refuse("loss", "gspo",
                  "objective.importance_level is token, and gspo gives all tokens of a response "
                  "one ratio; set objective.importance_level to sequence.");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckObjective(const RunConfig& config) {
  HIR_RETURN_IF_ERROR(CheckReward(config));
  HIR_RETURN_IF_ERROR(CheckAdvantage(config));
  HIR_RETURN_IF_ERROR(CheckLoss(config.objective));
  HIR_RETURN_IF_ERROR(CheckKl(config.objective));
  return CheckImportance(config.objective);
}

}  // namespace hir
