// One child process: its output in a log file, its life tied to ours.
#ifndef HIR_SUPERVISOR_CHILD_PROCESS_H_
#define HIR_SUPERVISOR_CHILD_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace hir {

// How to start a child.
struct ProcessSpec {
  std::string name;               // For messages and as the log file's name.
  std::vector<std::string> argv;  // argv[0] is a path, or a name looked up in PATH.
  std::vector<std::pair<std::string, std::string>> environment;  // Added to ours.
  std::string log_path;  // Standard output and error are appended; the folder must exist.
};

// A started child. It leads a process group of its own, so that Ctrl-C on a terminal reaches only
// us, and the kernel kills it when the thread that started it ends, even if by SIGKILL. Not
// thread-safe.
class ChildProcess {
 public:
  // FAILED_PRECONDITION: no such program. UNAVAILABLE: the log or the process can't be made.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(const ProcessSpec& spec);
  // Kills it (SIGKILL) and waits, if it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  // Whether it still runs. Does not block.
  bool Running();
  // Exit code, or 128 + the signal's number; none while it runs.
  std::optional<int> ExitCode();
  // Sends `signal`; does nothing if the child has ended.
  void Signal(int signal);
  // Waits for the end, at most `timeout`; returns whether it ended.
  bool WaitFor(absl::Duration timeout);

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}

  pid_t pid_;
  std::optional<int> exit_code_;
};

// The last message of a log: the text after "NAME: " of an error line, the message of a JSON log
// line, or else the last line; empty for an empty log.
std::string LastWords(const std::string& log_path, const std::string& name);

}  // namespace hir

#endif  // HIR_SUPERVISOR_CHILD_PROCESS_H_
