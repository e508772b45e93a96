// The curriculum: how much integrity (constraints met) weighs against diversity (entropy) when
// failures are picked, rising with the learner step.
//
// Source: HiR, arXiv:2512.23457. Deviation: the paper has no cap; this cap keeps doubles finite and
// lets entropy still break ties.
#ifndef HIR_HINDSIGHT_CURRICULUM_H_
#define HIR_HINDSIGHT_CURRICULUM_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "hir/config/run_config.h"

namespace hir {

// Returns lambda_s = min(lambda_0 * (1 + eta)^s, lambda_max) for `step` s, counted from 1, where
// lambda_0 is settings.initial_weight, eta settings.weight_growth (per learner step) and lambda_max
// settings.max_weight, whose infinity means no cap. Never falls as `step` rises; always finite:
// with an infinite cap it stops at the largest double.
//
// INVALID_ARGUMENT: `step` < 1, lambda_0 or eta is below 0 or not finite, lambda_max is not above
// 0.
absl::StatusOr<double> IntegrityWeight(const HindsightConfig& settings, int64_t step);

}  // namespace hir

#endif  // HIR_HINDSIGHT_CURRICULUM_H_
