// Advantages relative to a group: the responses of a batch to one instruction.
//
// Sources, with s a row's score, n the size of its group, mean and std (unbiased) over the group:
//   kReinforcePlusPlusBaseline  s - mean (the caller whitens): REINFORCE++, arXiv:2501.03262.
//   kGrpo    (s - mean) / (std + kGroupEpsilon): DeepSeekMath, arXiv:2402.03300, section 4.1.2; the
//            epsilon is verl's.
//   kDrGrpo  s - mean: Dr. GRPO, arXiv:2503.20783.
//   kRloo    s - the mean of the n - 1 others: arXiv:2402.14740.
//   kMaxRl   (s - mean) / mean, and 0 where the mean is 0: arXiv:2602.02710.
//
// A replayed row answers a rewritten instruction that nothing else answers. Its group is itself and
// the included originals of its task; it is in no other row's group, so that originals have the
// advantages that they have without replay. Pure; thread-safe.
#ifndef HIR_OBJECTIVE_GROUP_ADVANTAGES_H_
#define HIR_OBJECTIVE_GROUP_ADVANTAGES_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "hir/config/choices.h"

namespace hir {

inline constexpr double kGroupEpsilon = 1e-6;  // Added to the standard deviation of kGrpo.

// A row of the whole batch, of any process.
struct GroupedRow {
  uint64_t task = 0;
  bool replayed = false;
  bool included = true;  // False: in no group.
  double score = 0;      // The reward, less any penalties.
};

// Returns the advantage of each row: 0 where it is not included or alone in its group.
// REQUIRES: IsGrouped(estimator).
std::vector<double> GroupAdvantages(absl::Span<const GroupedRow> rows,
                                    AdvantageEstimator estimator);

}  // namespace hir

#endif  // HIR_OBJECTIVE_GROUP_ADVANTAGES_H_
