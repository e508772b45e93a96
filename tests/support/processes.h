// Real processes for tests: start, signal, wait with a deadline, find descendants.
#ifndef HIR_TESTS_SUPPORT_PROCESSES_H_
#define HIR_TESTS_SUPPORT_PROCESSES_H_

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace hir {

// A program in its own process group. Killed by the destructor, and by the kernel when the thread
// that started it ends for any reason. Not thread-safe.
class TestProcess {
 public:
  // Starts `argv` with both outputs going to `log_path`. Ends the test with a message if that
  // fails.
  TestProcess(const std::vector<std::string>& argv, const std::string& log_path);
  ~TestProcess();
  TestProcess(const TestProcess&) = delete;
  TestProcess& operator=(const TestProcess&) = delete;

  pid_t pid() const { return pid_; }
  void Signal(int number) const;
  // Waits for the end and returns the exit code, or 128 + signal; nullopt if `deadline` passes
  // first.
  std::optional<int> Wait(absl::Duration deadline);
  // The output so far.
  std::string Output() const;

 private:
  std::string log_path_;
  pid_t pid_;
  std::optional<int> exit_code_;
};

// Calls `condition` until it holds or `deadline` has passed; returns whether it held.
bool Await(absl::Duration deadline, const std::function<bool()>& condition);

// Living descendants of `ancestor` whose program is called `name`; all if `name` is empty.
std::vector<pid_t> Descendants(pid_t ancestor, const std::string& name = "");

// Whether `pid` is a living process (not a zombie).
bool IsAlive(pid_t pid);

}  // namespace hir

#endif  // HIR_TESTS_SUPPORT_PROCESSES_H_
