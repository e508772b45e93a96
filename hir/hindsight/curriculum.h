// The curriculum: how much integrity (constraints met) weighs against diversity (entropy) when
// failures are picked, rising with the learner step.
//
// Source: HiR, arXiv:2512.23457. Deviation: the paper has no cap; ours keeps doubles finite and
// lets entropy go on breaking ties.
#ifndef HIR_HINDSIGHT_CURRICULUM_H_
#define HIR_HINDSIGHT_CURRICULUM_H_

#include <cstdint>

#include "absl/status/statusor.h"

namespace hir {

struct CurriculumSettings {
  double initial_weight = 2.0;  // lambda_0; finite, >= 0.
  double weight_growth = 0.05;  // eta, a learner step; finite, >= 0.
  double max_weight = 1e6;      // lambda_max; > 0, infinity means no cap.
};

// Returns lambda_s = min(lambda_0 * (1 + eta)^s, lambda_max) for `step` s, counted from 1. Never
// falls as `step` rises; always finite: with an infinite cap it stops at the largest double.
//
// INVALID_ARGUMENT: `step` < 1, or a setting outside its range above.
absl::StatusOr<double> IntegrityWeight(const CurriculumSettings& settings, int64_t step);

}  // namespace hir

#endif  // HIR_HINDSIGHT_CURRICULUM_H_
