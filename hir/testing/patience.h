// How long a test waits for what is to happen in another thread or process.
#ifndef HIR_TESTING_PATIENCE_H_
#define HIR_TESTING_PATIENCE_H_

#include "absl/time/time.h"

namespace hir {

inline constexpr absl::Duration kPatience = absl::Seconds(20);

}  // namespace hir

#endif  // HIR_TESTING_PATIENCE_H_
