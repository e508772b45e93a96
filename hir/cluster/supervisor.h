// Keeps a list of child processes alive, and ends them in order.
#ifndef HIR_CLUSTER_SUPERVISOR_H_
#define HIR_CLUSTER_SUPERVISOR_H_

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
#include "hir/cluster/child_process.h"
#include "hir/cluster/restart_history.h"

namespace hir {

struct SupervisedService {
  ProcessSpec process;
  // OK when the service can be used; asked again and again until then. May block for a second.
  std::function<absl::Status()> ready;
  absl::Duration start_timeout = absl::Seconds(60);
  // Not empty: services of one gang live together. When one dies, all of its gang are killed and
  // started again.
  std::string gang;
};

struct SupervisorOptions {
  RestartPolicy restarts;
  absl::Duration stop_deadline = absl::Seconds(10);  // Then SIGKILL; of each service.
  const Clock* clock = nullptr;  // Of lives and pauses; null = the machine's. Outlives it.
};

// Thread-safe. Destroying it stops everything.
class Supervisor {
 public:
  explicit Supervisor(const SupervisorOptions& options);
  ~Supervisor();

  // Starts a service and waits until it is ready. From then on, when it dies it is started again
  // with the same arguments, after a pause that grows from death to death and shrinks again when it
  // lived long enough, unless it ended with code 2 (it can't run so) or can't come up any more.
  // UNAVAILABLE: it died at its start (the message carries its last words) or was not ready in
  // time. CANCELLED: `should_stop` returned true. Errors of ChildProcess::Start().
  absl::Status Start(SupervisedService service, const std::function<bool()>& should_stop);

  // OK, or why the ring can't go on: a service that can't run so, or does not come up any more.
  absl::Status Health() const;
  // Sentences, for people, about each death since the last call: what died, how, where its log is,
  // how often, and when it is started again.
  std::vector<std::string> TakeNews();
  // Restarts so far, of all services.
  int restarts() const;
  // Process id of the service called `name`, or -1.
  pid_t PidOf(const std::string& name) const;
  // SIGTERM to the last started first, SIGKILL after the deadline; returns when none is left.
  void Stop();

 private:
  struct Entry {
    SupervisedService service;
    std::unique_ptr<ChildProcess> child;
    RestartHistory history;
    bool ended = false;  // Not to be started again.
    absl::Time restart_at = absl::InfiniteFuture();
    absl::Time start_deadline = absl::InfiniteFuture();  // Of a start that is not ready yet.
  };

  absl::Status WaitUntilReady(Entry& entry, const std::function<bool()>& should_stop);
  void Watch();
  void Look(Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StartAgain(Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LookWhetherUp(Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Bury(Entry& entry, int exit_code) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Has the entry, and its gang, started again at that time.
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

#endif  // HIR_CLUSTER_SUPERVISOR_H_
