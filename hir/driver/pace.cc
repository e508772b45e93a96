#include "hir/driver/pace.h"

#include <algorithm>

namespace hir {

absl::Duration TimeLeft(const Pace& pace, int64_t steps, int64_t evaluations) {
  return pace.training / std::max<int64_t>(1, pace.steps) * steps +
         pace.evaluating / std::max<int64_t>(1, pace.evaluations) * evaluations;
}

}  // namespace hir
