// Divides numbered pieces of work among threads.
#ifndef HIR_SERVICES_VERIFIER_PARALLEL_FOR_H_
#define HIR_SERVICES_VERIFIER_PARALLEL_FOR_H_

#include <functional>

#include "absl/status/status.h"

namespace hir {

// Calls `work` for every index below `count` on at most `threads` threads, including this one; on
// fewer if the system has no more. INTERNAL: a call threw; the others may or may not have been
// made.
absl::Status ParallelFor(int count, int threads, const std::function<void(int)>& work);

}  // namespace hir

#endif  // HIR_SERVICES_VERIFIER_PARALLEL_FOR_H_
