#include "hir/base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace hir {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(20);

absl::Status Cannot(const char* what, const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("can't ", what, " ", path, ": ", std::system_category().message(errno)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<FileLock>> FileLock::Take(const std::string& path,
                                                         absl::Duration patience) {
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return Cannot("write", path);
  std::unique_ptr<FileLock> lock(new FileLock(fd));
  const absl::Time end = absl::Now() + patience;
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return Cannot("lock", path);
    if (absl::Now() >= end) {
      return absl::DeadlineExceededError(absl::StrCat("another process holds ", path));
    }
    absl::SleepFor(kPoll);
  }
  return lock;
}

FileLock::~FileLock() { close(fd_); }

}  // namespace hir
