#include "hir/run/run_lock.h"

#include "absl/strings/str_cat.h"

namespace hir {

absl::StatusOr<std::unique_ptr<FileLock>> LockRun(const std::string& run,
                                                  const std::string& run_dir) {
  auto lock = FileLock::Take(absl::StrCat(run_dir, "/.lock"), absl::ZeroDuration());
  if (lock.ok()) return lock;
  if (absl::IsDeadlineExceeded(lock.status())) {
    return absl::FailedPreconditionError(
        absl::StrCat("another `hir train` is at work on run ", run, " in ", run_dir,
                     "; wait for its end, or choose another name."));
  }
  return absl::UnavailableError(absl::StrCat(lock.status().message(), "."));
}

}  // namespace hir
