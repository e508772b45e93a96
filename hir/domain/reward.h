// The one place where verdicts become a reward. Replay, `hir hindsight`, the rollouts of a run's
// folder, rescoring, evaluations and metrics all use it.
//
// Source: HiR, arXiv:2512.23457; the third verdict, undecidable, is this project's own. Each
// function takes the strict verdicts of one response, one per constraint of its instruction.
#ifndef HIR_DOMAIN_REWARD_H_
#define HIR_DOMAIN_REWARD_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/types/span.h"
#include "hir/domain/reward_rule.h"
#include "hir/domain/verdict.h"

namespace hir {

// The instruction-level accuracy (ILA), which is the reward unless a run's rule says otherwise: 0
// when any constraint failed, 1 when all passed, nullopt (unknown) when none failed but something
// is undecidable. Without constraints: unknown.
std::optional<int> RewardOf(absl::Span<const Verdict> verdicts);

// How long a response became.
struct ResponseLength {
  int64_t tokens = 0;
  int64_t limit = 0;       // rollout.max_response_tokens.
  bool truncated = false;  // Cut at the limit.
};

// What a response is trained with.
struct TrainingReward {
  std::optional<double> reward;  // nullopt: an undecidable constraint leaves it open.
  double penalty = 0;            // What its length took off, or would take off an unknown reward.
  bool masked = false;           // The rule leaves it out of training, whatever its reward.
};

// The reward of verdicts by a run's rule, whatever the length. Where the constraints that are met
// count one by one (kCla, kGraded), a single undecidable one leaves it open.
std::optional<double> RewardOfVerdicts(absl::Span<const Verdict> verdicts, const RewardRule& rule);

// The same, and what the rule makes of the length. A response cut at the limit has reward 0 by
// kZero, whatever was decided. From it goes the soft overlong punishment of DAPO
// (arXiv:2503.14476, equation 13): overlong_penalty * min(1, x / overlong_buffer), x being the
// tokens beyond limit - overlong_buffer.
TrainingReward TrainingRewardOf(absl::Span<const Verdict> verdicts, const ResponseLength& length,
                                const RewardRule& rule);

// What dynamic sampling compares within a group: the reward of the verdicts, since a group that
// differs in length alone teaches nothing else; nullopt if that is unknown or the response, cut at
// the limit, is not trained on.
std::optional<double> ComparedReward(absl::Span<const Verdict> verdicts, bool truncated,
                                     const RewardRule& rule);

// The number of constraints that are met.
size_t ConstraintsMet(absl::Span<const Verdict> verdicts);

// CLA (F_int of the score): the share of constraints that are met, in [0, 1]. Undecidable ones
// count in the denominator. 0 without constraints.
double ConstraintAccuracy(absl::Span<const Verdict> verdicts);

// Whether some, but not all, constraints are met: 0 < CLA < 1.
bool EligibleForReplay(absl::Span<const Verdict> verdicts);

}  // namespace hir

#endif  // HIR_DOMAIN_REWARD_H_
