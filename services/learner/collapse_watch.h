// Notices that training is about to ruin the policy, by what its steps measure.
#ifndef HIR_SERVICES_LEARNER_COLLAPSE_WATCH_H_
#define HIR_SERVICES_LEARNER_COLLAPSE_WATCH_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "hir/metrics/step_metrics.h"

namespace hir {

// docs/metrics.md tells people these.
inline constexpr double kCollapsedEntropy = 0.05;  // Of the run's first step's, and below.
inline constexpr double kExplodedEntropy = 4;      // Of the run's first step's, and above.
inline constexpr double kExplodedKl = 0.5;         // Nats a token in one step, either sign.

// Not thread-safe.
class CollapseWatch {
 public:
  // Measures against the run's first step; REQUIRES before Look(): the metrics of step 1, or none
  // when they are not known, which leaves entropy out.
  void SetFirstStep(const StepMetrics& metrics);

  // One sentence for each sign that `metrics` show and those of the step before did not; sets
  // training_collapse_signs to the number of all that they show.
  std::vector<std::string> Look(int64_t step, StepMetrics& metrics);

 private:
  double first_entropy_ = 0;  // Nats a token; 0 = not known.
  std::map<std::string, bool> shown_;
};

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_COLLAPSE_WATCH_H_
