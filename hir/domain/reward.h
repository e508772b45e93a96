// The one place where verdicts become a reward. Replay, `hir hindsight`, the rollouts of a run's
// folder, rescoring, evaluations and metrics all use it.
//
// Source: HiR, arXiv:2512.23457; the third verdict, undecidable, is this project's own. Each
// function takes the strict verdicts of one response, one per constraint of its instruction.
#ifndef HIR_DOMAIN_REWARD_H_
#define HIR_DOMAIN_REWARD_H_

#include <cstddef>
#include <optional>

#include "absl/types/span.h"
#include "hir/domain/verdict.h"

namespace hir {

// The reward (ILA): 0 when any constraint failed, 1 when all passed, nullopt (unknown) when none
// failed but something is undecidable. Without constraints: unknown.
std::optional<int> RewardOf(absl::Span<const Verdict> verdicts);

// The number of constraints that are met.
size_t ConstraintsMet(absl::Span<const Verdict> verdicts);

// CLA (F_int of the score): the share of constraints that are met, in [0, 1]. Undecidable ones
// count in the denominator. 0 without constraints.
double ConstraintAccuracy(absl::Span<const Verdict> verdicts);

// Whether some, but not all, constraints are met: 0 < CLA < 1.
bool EligibleForReplay(absl::Span<const Verdict> verdicts);

}  // namespace hir

#endif  // HIR_DOMAIN_REWARD_H_
