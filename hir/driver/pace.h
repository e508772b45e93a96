// Estimates how long the rest of a run takes.
#ifndef HIR_DRIVER_PACE_H_
#define HIR_DRIVER_PACE_H_

#include <cstdint>

#include "absl/time/time.h"

namespace hir {

// How fast a run has gone so far.
struct Pace {
  absl::Duration training;  // Time spent on `steps`.
  int64_t steps = 0;
  absl::Duration evaluating;  // Time spent on `evaluations`.
  int64_t evaluations = 0;
};

// Returns how long so many more steps and evaluations take at that pace; >= 0. Steps or evaluations
// of which none has ended yet are not counted.
absl::Duration TimeLeft(const Pace& pace, int64_t steps, int64_t evaluations);

}  // namespace hir

#endif  // HIR_DRIVER_PACE_H_
