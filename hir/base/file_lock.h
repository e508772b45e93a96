// A lock that processes of one machine share by the name of a file.
#ifndef HIR_BASE_FILE_LOCK_H_
#define HIR_BASE_FILE_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace hir {

// Held until it is destroyed or the process ends; child processes do not inherit it.
class FileLock {
 public:
  // Makes the file, and its folder, if they are missing; waits up to `patience` for another holder.
  // DEADLINE_EXCEEDED: another process still holds it. UNAVAILABLE: the file can't be made or
  // locked; the message names it.
  static absl::StatusOr<std::unique_ptr<FileLock>> Take(const std::string& path,
                                                        absl::Duration patience);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  explicit FileLock(int fd) : fd_(fd) {}

  const int fd_;
};

}  // namespace hir

#endif  // HIR_BASE_FILE_LOCK_H_
