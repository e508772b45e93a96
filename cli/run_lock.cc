#include "cli/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace hir {

absl::StatusOr<std::unique_ptr<RunLock>> RunLock::Take(const std::string& run,
                                                       const std::string& run_dir) {
  std::error_code error;
  std::filesystem::create_directories(run_dir, error);
  const std::string path = absl::StrCat(run_dir, "/.lock");
  // Not inherited by the services: the lock goes with this process alone.
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) {
    return absl::UnavailableError(
        absl::StrCat("can't write ", path, ": ", std::system_category().message(errno), "."));
  }
  std::unique_ptr<RunLock> lock(new RunLock(fd));
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK) {
    return absl::FailedPreconditionError(
        absl::StrCat("another `hir train` is at work on run ", run, " in ", run_dir,
                     "; wait for its end, or choose another name."));
  }
  return absl::UnavailableError(
      absl::StrCat("can't lock ", path, ": ", std::system_category().message(errno), "."));
}

RunLock::~RunLock() { close(fd_); }

}  // namespace hir
