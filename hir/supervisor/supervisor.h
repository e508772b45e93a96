// Keeps a list of child processes alive and stops them in order.
#ifndef HIR_SUPERVISOR_SUPERVISOR_H_
#define HIR_SUPERVISOR_SUPERVISOR_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "hir/base/clock.h"
#include "hir/supervisor/child_process.h"
#include "hir/supervisor/restart_history.h"

namespace hir {

// A service to keep alive.
struct SupervisedService {
  ProcessSpec process;
  // OK when the service can be used; polled until then. May block for a second.
  std::function<absl::Status()> ready;
  absl::Duration start_timeout = absl::Seconds(60);
  // Services of one gang live together: when one dies, the others are killed and all are restarted.
  // Empty = no gang.
  std::string gang;
};

// Deadlines and pauses of a supervisor.
struct SupervisorOptions {
  RestartPolicy restarts;
  absl::Duration stop_deadline = absl::Seconds(10);  // Of each service, from SIGTERM to SIGKILL.
  const Clock* clock =
      nullptr;  // For lives and pauses; null = the machine's. Must outlive the supervisor.
};

// Thread-safe. Destroying it stops everything.
class Supervisor {
 public:
  explicit Supervisor(const SupervisorOptions& options);
  ~Supervisor();

  // Starts a service and waits until it is ready. From then on it is restarted with the same
  // arguments whenever it dies, after a pause that grows with each death and starts small again
  // once it has lived long enough. It is not restarted after exit code 2 (wrong usage) or too many
  // failed starts in a row. UNAVAILABLE: it died at its start (the message carries its last words)
  // or was not ready in time. CANCELLED: `should_stop` returned true. Errors of
  // ChildProcess::Start().
  absl::Status Start(SupervisedService service, const std::function<bool()>& should_stop);

  // OK, or why the ring can't continue: a service that ended with code 2 or no longer starts.
  absl::Status Health() const;
  // One sentence, for people, per death since the last call: what died, how, where its log is, how
  // often it died, and when it is restarted.
  std::vector<std::string> TakeNews();
  // Restarts so far, of all services.
  int restarts() const;
  // Process id of the service called `name`, or -1.
  pid_t PidOf(const std::string& name) const;
  // Sends SIGTERM to the service started last first, SIGKILL after the deadline; returns when all
  // have ended.
  void Stop();

 private:
  struct Entry {
    SupervisedService service;
    std::unique_ptr<ChildProcess> child;
    RestartHistory history;
    bool ended = false;  // Will not be restarted.
    absl::Time restart_at = absl::InfiniteFuture();
    absl::Time start_deadline = absl::InfiniteFuture();  // For a service that is starting.
  };

  absl::Status WaitUntilReady(Entry& entry, const std::function<bool()>& should_stop);
  void Watch();
  void Look(Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StartAgain(Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LookWhetherUp(Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Bury(Entry& entry, int exit_code) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Schedules a restart of the entry and its gang at `time`.
  void RestartAt(Entry& entry, absl::Time time) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Run(const std::function<void()>& work);

  const SupervisorOptions options_;
  const RealClock real_clock_;
  const Clock& clock_;
  mutable absl::Mutex mutex_;
  std::vector<std::unique_ptr<Entry>> entries_ ABSL_GUARDED_BY(mutex_);
  absl::Status health_ ABSL_GUARDED_BY(mutex_);
  int restarts_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::string> news_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Work handed to the watching thread: children die with the thread that started them.
  const std::function<void()>* work_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::thread watcher_;
};

}  // namespace hir

#endif  // HIR_SUPERVISOR_SUPERVISOR_H_
