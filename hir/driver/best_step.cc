#include "hir/driver/best_step.h"

namespace hir {

std::optional<BestStep> FindBestStep(const std::map<int64_t, double>& scores) {
  std::optional<BestStep> best;
  for (const auto& [step, score] : scores) {
    if (step == 0) continue;
    if (!best || score > best->score) {
      best = BestStep{.step = step, .score = score};
    } else {
      ++best->evaluations_since;
    }
  }
  return best;
}

}  // namespace hir
