// Detects from the metrics of its steps that training is about to ruin the policy.
#ifndef HIR_SERVICES_LEARNER_COLLAPSE_WATCH_H_
#define HIR_SERVICES_LEARNER_COLLAPSE_WATCH_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "hir/metrics/step_metrics.h"

namespace hir {

// Thresholds, also documented in docs/metrics.md.
inline constexpr double kCollapsedEntropy = 0.05;  // At most this share of the first step's.
inline constexpr double kExplodedEntropy = 4;      // At least this multiple of it.
inline constexpr double kExplodedKl = 0.5;         // Nats per token in one step, of either sign.

// Not thread-safe.
class CollapseWatch {
 public:
  // Sets the metrics of the run's first step, with which later ones are compared; empty ones if
  // unknown, which leaves entropy out. Call before Look().
  void SetFirstStep(const StepMetrics& metrics);

  // Returns one sentence per sign of collapse in `metrics` that the previous step did not have;
  // sets training_collapse_signs to the number of all signs.
  std::vector<std::string> Look(int64_t step, StepMetrics& metrics);

 private:
  double first_entropy_ = 0;  // Nats per token; 0 = unknown.
  std::map<std::string, bool> shown_;
};

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_COLLAPSE_WATCH_H_
