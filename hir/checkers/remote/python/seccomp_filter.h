// Which system calls a checker's process may make.
#ifndef HIR_CHECKERS_REMOTE_PYTHON_SECCOMP_FILTER_H_
#define HIR_CHECKERS_REMOTE_PYTHON_SECCOMP_FILTER_H_

#include <string>

#include "absl/status/statusor.h"

namespace hir::remote {

// The bytes of a seccomp program (an array of sock_filter) that lets a Python interpreter compute,
// read files and write to what is open; every other call fails with EPERM. UNAVAILABLE: libseccomp
// can't make it for this machine.
absl::StatusOr<std::string> CheckerSeccompFilter();

}  // namespace hir::remote

#endif  // HIR_CHECKERS_REMOTE_PYTHON_SECCOMP_FILTER_H_
