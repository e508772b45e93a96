// The step of a run whose evaluation was the best, by which a checkpoint is kept and a run ends
// early.
#ifndef HIR_DRIVER_BEST_STEP_H_
#define HIR_DRIVER_BEST_STEP_H_

#include <cstdint>
#include <map>
#include <optional>

namespace hir {

struct BestStep {
  int64_t step = 0;
  double score = 0;
  int evaluations_since = 0;  // After it; none of them was better.
};

// The highest of `scores` (by step), the first one where several are equal. An evaluation before
// the first step is of no checkpoint and does not count. nullopt: there is no other.
std::optional<BestStep> FindBestStep(const std::map<int64_t, double>& scores);

}  // namespace hir

#endif  // HIR_DRIVER_BEST_STEP_H_
