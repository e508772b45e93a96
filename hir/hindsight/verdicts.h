// What the verdicts of one response say: how much of its instruction holds (CLA), whether all of
// it does (ILA), and whether hindsight can make a success of it.
//
// Source: HiR, arXiv:2512.23457; the third verdict, undecidable, is this project's own.
#ifndef HIR_HINDSIGHT_VERDICTS_H_
#define HIR_HINDSIGHT_VERDICTS_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace hir {

// Decision on one constraint of one response.
enum class ConstraintOutcome {
  kPass,
  kFail,
  kUndecidable,  // The checker could not tell; counts as not met, never as failed.
};

// CLA (F_int of the score): share of constraints that hold, in [0, 1]. An undecidable one stays in
// the denominator. Without constraints the result is 0: nothing was met.
double ConstraintAccuracy(absl::Span<const ConstraintOutcome> verdicts);

// ILA: false when any constraint failed, true when all passed, nullopt (unknown) when none failed
// but something is undecidable. Without constraints: unknown.
std::optional<bool> AllConstraintsMet(absl::Span<const ConstraintOutcome> verdicts);

// True when some, but not all, constraints hold: 0 < CLA < 1.
bool EligibleForReplay(absl::Span<const ConstraintOutcome> verdicts);

// Indices of the constraints that hold, rising: what a rewritten instruction keeps. Undecidable
// constraints leave it like failed ones.
std::vector<size_t> KeptConstraints(absl::Span<const ConstraintOutcome> verdicts);

}  // namespace hir

#endif  // HIR_HINDSIGHT_VERDICTS_H_
