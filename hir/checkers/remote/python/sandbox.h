// Has constraints decided by Python source that a data set brings (HIR-16K's check_following
// functions), which nobody has read: it runs where it can do no harm.
#ifndef HIR_CHECKERS_REMOTE_PYTHON_SANDBOX_H_
#define HIR_CHECKERS_REMOTE_PYTHON_SANDBOX_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "hir/base/turns.h"
#include "hir/checkers/core/registry.h"
#include "hir/checkers/remote/python/sandboxed_process.h"

namespace hir::remote {

struct PythonSandboxOptions {
  int workers = 1;                     // Checks at once; 1 to 256.
  int cpu_seconds = 2;                 // Of one check; at least 1.
  int64_t memory_bytes = 512ll << 20;  // Address space of one check; at least 64 MiB.
  int64_t output_bytes = 64 << 10;     // That one check may print at most.

  // Five times its CPU time, so that a busy machine does not change verdicts.
  int wall_seconds() const { return 5 * cpu_seconds; }
};

// INVALID_ARGUMENT: an option outside its range; the message names hir-verifier's flag.
absl::Status Validate(const PythonSandboxOptions& options);

// A pool of interpreters that wait in sandboxes; each check runs in a process of its own, forked
// from one of them, which has seen no other check. Sources take turns: many checks of one source
// delay those of another by one check at most. Thread-safe.
class PythonSandbox {
 public:
  // Starts one worker and has it try what no checker may do. FAILED_PRECONDITION: this machine
  // can't make the sandbox, or something got through; the message names it. REQUIRES:
  // Validate(options).ok().
  static absl::StatusOr<std::unique_ptr<PythonSandbox>> Start(const PythonSandboxOptions& options);

  // What check_following(instruction, response) of `source` returns. Undecidable: it raises, or
  // takes more time, memory or output than the options give, or its process is killed. Waits for a
  // free worker.
  CheckResult Check(std::string_view source, std::string_view instruction,
                    std::string_view response);

  // Whether the kernel's Landlock holds the workers too.
  bool has_landlock() const { return has_landlock_; }

 private:
  explicit PythonSandbox(const PythonSandboxOptions& options);
  absl::StatusOr<std::unique_ptr<SandboxedProcess>> StartWorker(bool* has_landlock = nullptr);
  absl::Status Probe();
  // A check that waits for a worker.
  struct Turn {
    bool come = false;
    std::unique_ptr<SandboxedProcess> worker;
  };
  void GiveTurns() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const PythonSandboxOptions options_;
  bool has_landlock_ = false;
  absl::Mutex mutex_;
  // Null where a worker has to be started again.
  std::vector<std::unique_ptr<SandboxedProcess>> free_ ABSL_GUARDED_BY(mutex_);
  Turns<Turn*> turns_ ABSL_GUARDED_BY(mutex_);  // By source.
};

// Gives `registry` the checkers of the kind "python:check_following", which wait for `sandbox`.
void EnablePythonCheckers(CheckerRegistry& registry, std::shared_ptr<PythonSandbox> sandbox);

}  // namespace hir::remote

#endif  // HIR_CHECKERS_REMOTE_PYTHON_SANDBOX_H_
