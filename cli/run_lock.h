// One `hir train` a run: two would write into one ledger.
#ifndef HIR_CLI_RUN_LOCK_H_
#define HIR_CLI_RUN_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace hir {

// The lock on a run's folder, until it is destroyed or the process ends.
class RunLock {
 public:
  // Makes the folder if it is missing. FAILED_PRECONDITION: another process holds the lock; the
  // message names the run and the folder. UNAVAILABLE: the lock can't be made.
  static absl::StatusOr<std::unique_ptr<RunLock>> Take(const std::string& run,
                                                       const std::string& run_dir);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  explicit RunLock(int fd) : fd_(fd) {}

  const int fd_;
};

}  // namespace hir

#endif  // HIR_CLI_RUN_LOCK_H_
