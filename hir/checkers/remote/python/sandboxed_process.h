// A Python interpreter in namespaces of its own, to which lines are sent and from which lines come
// back.
#ifndef HIR_CHECKERS_REMOTE_PYTHON_SANDBOXED_PROCESS_H_
#define HIR_CHECKERS_REMOTE_PYTHON_SANDBOXED_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace hir::remote {

// Bubblewrap (bwrap) makes the sandbox: own users, processes, network (none) and IPC, no
// environment, no capability, no open file but the socket to this program, and /usr, read-only, as
// the only files. Not thread-safe.
class SandboxedProcess {
 public:
  // Runs `program`, Python source text. FAILED_PRECONDITION: bwrap or /usr/bin/python3 is not
  // there. If the kernel refuses the sandbox, only Ask() shows it: no line comes back.
  static absl::StatusOr<std::unique_ptr<SandboxedProcess>> Start(std::string_view program);

  // Kills everything in the sandbox.
  ~SandboxedProcess();
  SandboxedProcess(const SandboxedProcess&) = delete;
  SandboxedProcess& operator=(const SandboxedProcess&) = delete;

  // Sends `line` and a line end, and gives the next line that comes back, without its end.
  // UNAVAILABLE: the process is gone, or sends a line of more than a MiB. DEADLINE_EXCEEDED:
  // nothing came in time. After an error the process can't be used any more.
  absl::StatusOr<std::string> Ask(std::string_view line, absl::Duration timeout);

 private:
  SandboxedProcess(pid_t pid, int socket) : pid_(pid), socket_(socket) {}
  absl::Status Send(std::string_view bytes, absl::Time deadline);
  absl::StatusOr<std::string> ReadLine(absl::Time deadline);

  const pid_t pid_;   // And its process group.
  const int socket_;  // Its standard input and output.
};

}  // namespace hir::remote

#endif  // HIR_CHECKERS_REMOTE_PYTHON_SANDBOXED_PROCESS_H_
