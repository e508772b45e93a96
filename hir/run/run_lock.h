// Lets only one `hir train` work on a run, since two would write into one ledger.
#ifndef HIR_RUN_RUN_LOCK_H_
#define HIR_RUN_RUN_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "hir/base/file_lock.h"

namespace hir {

// The lock on a run's folder, which is made if it is missing. FAILED_PRECONDITION: another process
// holds it; the message names the run and the folder. UNAVAILABLE: the lock can't be made.
absl::StatusOr<std::unique_ptr<FileLock>> LockRun(const std::string& run,
                                                  const std::string& run_dir);

}  // namespace hir

#endif  // HIR_RUN_RUN_LOCK_H_
