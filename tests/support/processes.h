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

// A program in a process group of its own; killed when the object dies, and by the kernel when the
// thread that started it ends, however the test does. Not thread-safe.
class TestProcess {
 public:
  // Starts `argv` with both outputs going to `log_path`. Dies with a message when it can't.
  TestProcess(const std::vector<std::string>& argv, const std::string& log_path);
  ~TestProcess();
  TestProcess(const TestProcess&) = delete;
  TestProcess& operator=(const TestProcess&) = delete;

  pid_t pid() const { return pid_; }
  void Signal(int number) const;
  // Waits for the end: exit code, or 128 + signal; nullopt when `deadline` passes first.
  std::optional<int> Wait(absl::Duration deadline);
  // What it wrote so far.
  std::string Output() const;

 private:
  std::string log_path_;
  pid_t pid_;
  std::optional<int> exit_code_;
};

// Calls `condition` until it holds or `deadline` has passed; returns whether it held.
bool Await(absl::Duration deadline, const std::function<bool()>& condition);

// Living descendants of `ancestor` whose program is called `name`; every name when empty.
std::vector<pid_t> Descendants(pid_t ancestor, const std::string& name = "");

// Whether `pid` is a living process (not a zombie).
bool IsAlive(pid_t pid);

}  // namespace hir

#endif  // HIR_TESTS_SUPPORT_PROCESSES_H_
