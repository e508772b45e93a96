#include "hir/checkers/remote/python/seccomp_filter.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hir::remote {
namespace {

// Some do not exist on every architecture.
constexpr const char* kAllowed[] = {
    // Memory.
    "brk", "madvise", "mmap", "mprotect", "mremap", "munmap",
    // Files, of which none can be made or changed: the root is read-only.
    "access", "close", "faccessat", "faccessat2", "fstat", "getcwd", "getdents64", "lseek", "lstat",
    "newfstatat", "open", "openat", "pread64", "read", "readlink", "readlinkat", "readv", "stat",
    "statx", "write", "writev",
    // Time. Nothing that waits: a check that computes is ended by its limit of CPU time.
    "alarm", "clock_getres", "clock_gettime", "getitimer", "gettimeofday", "sched_yield",
    "setitimer", "time", "times",
    // About itself.
    "exit", "exit_group", "getegid", "geteuid", "getgid", "getpid", "getppid", "getrandom",
    "getrusage", "gettid", "getuid", "rseq", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
    "sched_getaffinity", "set_robust_list", "sigaltstack", "sysinfo", "uname"};

// Operations of futex that wake others, and find none; all other operations wait.
constexpr unsigned kFutexOperation = 0x7f;  // Without flags.
constexpr unsigned kFutexWakes[] = {1 /*WAKE*/, 5 /*WAKE_OP*/, 10 /*WAKE_BITSET*/};

struct ReleaseFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};

absl::Status Failed(const char* call, int error) {
  return absl::UnavailableError(absl::StrCat("libseccomp: ", call, " fails with error ", -error));
}

absl::StatusOr<std::string> Export(scmp_filter_ctx filter) {
  const int file = memfd_create("seccomp", MFD_CLOEXEC);
  if (file < 0) return Failed("memfd_create", -errno);
  std::string program;
  int error = seccomp_export_bpf(filter, file);
  if (error == 0) {
    program.resize(static_cast<size_t>(lseek(file, 0, SEEK_END)));
    if (pread(file, program.data(), program.size(), 0) != static_cast<ssize_t>(program.size())) {
      error = -EIO;
    }
  }
  close(file);
  if (error != 0) return Failed("seccomp_export_bpf", error);
  return program;
}

}  // namespace

absl::StatusOr<std::string> CheckerSeccompFilter() {
  const std::unique_ptr<void, ReleaseFilter> filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (filter == nullptr) return Failed("seccomp_init", -ENOMEM);
  for (const char* name : kAllowed) {
    const int call = seccomp_syscall_resolve_name(name);
    if (call < 0) continue;
    const int error = seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0);
    if (error != 0) return Failed(name, error);
  }
  for (const unsigned operation : kFutexWakes) {
    const int error = seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(futex), 1,
                                       SCMP_A1(SCMP_CMP_MASKED_EQ, kFutexOperation, operation));
    if (error != 0) return Failed("futex", error);
  }
  return Export(filter.get());
}

}  // namespace hir::remote
