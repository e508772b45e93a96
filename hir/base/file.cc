#include "hir/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

absl::Status CannotWrite(const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("cannot write ", path, ": ", std::system_category().message(errno)));
}

absl::Status CannotRead(const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("cannot read ", path, ": ", std::system_category().message(errno)));
}

// Names the kind of a file that is neither regular nor a folder.
const char* KindOf(mode_t mode) {
  if (S_ISFIFO(mode)) return "a FIFO";
  return S_ISSOCK(mode) ? "a socket" : "a device";
}

absl::Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return CannotWrite(path);
    bytes.remove_prefix(written);
  }
  return absl::OkStatus();
}

absl::Status WriteAll(int fd, absl::Span<const std::string_view> parts, const std::string& path) {
  for (const std::string_view part : parts) HIR_RETURN_IF_ERROR(WriteAll(fd, part, path));
  return absl::OkStatus();
}

absl::Status MakeParent(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("cannot make folder ", parent.string(), ": ", error.message()));
  }
  return absl::OkStatus();
}

// Whether `path` leads to an open file descriptor of this process, as /dev/stdout does.
bool IsOpenFile(const std::filesystem::path& path) {
  return absl::StartsWith(path.string(), "/proc/") || absl::StartsWith(path.string(), "/dev/fd/");
}

// Whether `path` is something that a rename must not replace: a device, a pipe, an open file.
bool IsStream(const std::string& path) {
  if (IsOpenFile(path)) return true;
  struct stat status = {};
  return stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

absl::Status WriteStraight(const std::string& path, absl::Span<const std::string_view> parts) {
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd < 0) return CannotWrite(path);
  const absl::Status status = WriteAll(fd, parts, path);
  if (close(fd) != 0 && status.ok()) return CannotWrite(path);
  return status;
}

// Resolves `path` if it is a symbolic link, even to a file that does not exist yet.
absl::StatusOr<std::string> FollowLinks(const std::string& path) {
  constexpr int kMostLinks = 40;  // As many as Linux follows.
  std::filesystem::path target = path;
  std::error_code error;
  for (int i = 0; !IsOpenFile(target) && std::filesystem::is_symlink(target, error); ++i) {
    if (i == kMostLinks) {
      errno = ELOOP;
      return CannotWrite(path);
    }
    // operator/ drops the folder when the target is absolute.
    target = target.parent_path() / std::filesystem::read_symlink(target, error);
  }
  return target.string();
}

}  // namespace

absl::StatusOr<int> OpenRegularFile(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT && errno != ENOTDIR) return CannotRead(path);
    return absl::NotFoundError(absl::StrCat("no such file: ", path));
  }
  if (S_ISDIR(status.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is a folder; a file is needed"));
  }
  if (!S_ISREG(status.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is ", KindOf(status.st_mode),
                                                   "; a regular file is needed, so save what it "
                                                   "holds to one"));
  }
  // O_NONBLOCK in case a FIFO has replaced the file meanwhile; it changes nothing for regular
  // files.
  const int fd = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return CannotRead(path);
  return fd;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  HIR_ASSIGN_OR_RETURN(const int fd, OpenRegularFile(path));
  const absl::Cleanup closer = [fd] { close(fd); };
  std::string bytes;
  std::vector<char> chunk(size_t{1} << 16);
  while (true) {
    const ssize_t count = read(fd, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return CannotRead(path);
    if (count == 0) return bytes;
    bytes.append(chunk.data(), static_cast<size_t>(count));
  }
}

absl::Status WriteFileAtomically(const std::string& path, std::string_view bytes) {
  return WriteFileAtomically(path, absl::MakeConstSpan(&bytes, 1));
}

absl::Status WriteFileAtomically(const std::string& path,
                                 absl::Span<const std::string_view> parts) {
  HIR_ASSIGN_OR_RETURN(const std::string target, FollowLinks(path));
  if (IsStream(target)) return WriteStraight(target, parts);
  HIR_RETURN_IF_ERROR(MakeParent(target));
  const std::string temporary = absl::StrCat(target, ".tmp.", getpid());
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return CannotWrite(path);
  absl::Cleanup remove = [&] { unlink(temporary.c_str()); };
  absl::Status status = WriteAll(fd, parts, path);
  if (status.ok() && fsync(fd) != 0) status = CannotWrite(path);
  if (close(fd) != 0 && status.ok()) status = CannotWrite(path);
  HIR_RETURN_IF_ERROR(status);
  if (rename(temporary.c_str(), target.c_str()) != 0) return CannotWrite(path);
  std::move(remove).Cancel();
  return absl::OkStatus();
}

absl::Status AppendToFile(const std::string& path, std::string_view bytes) {
  HIR_RETURN_IF_ERROR(MakeParent(path));
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return CannotWrite(path);
  const absl::Status status = WriteAll(fd, bytes, path);
  if (close(fd) != 0 && status.ok()) return CannotWrite(path);
  return status;
}

}  // namespace hir
