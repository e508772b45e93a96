// The whole ring as processes of this machine, with a private Redis, for one run.
#ifndef HIR_SUPERVISOR_LOCAL_RING_H_
#define HIR_SUPERVISOR_LOCAL_RING_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/client/ring_addresses.h"
#include "hir/supervisor/ports.h"
#include "hir/supervisor/rollout_workers.h"
#include "hir/supervisor/services.h"
#include "hir/supervisor/supervisor.h"

namespace hir {

// What LocalRing needs to know of the run and the machine.
struct LocalRingOptions {
  std::string bin_dir;  // Folder of the hir-* programs.
  std::string run_dir;  // Folder of the run; redis/, logs/ and services.json go there.
  std::string run;      // Name of the run.
  std::string model;    // Model folder.
  // Whether rollout and learner work at the same time, in which case each gets half of the cores.
  bool asynchronous = false;
  std::vector<std::string> verifier_flags;  // Added to hir-verifier's.
  RolloutWorkers workers;                   // They share the cores that rollout has.
  std::vector<std::string> gpus;  // To spread the workers over; empty = they all see the same.
  int learners = 1;  // Learner processes, which split each batch and the cores between them.
  std::vector<std::string> learner_flags;  // Added to hir-learner's, for every rank.
  SupervisorOptions supervisor;
};

// Not thread-safe, except Health(). Destroying it stops all processes and removes the socket.
class LocalRing {
 public:
  // Makes the folders and reserves ports; starts nothing. UNAVAILABLE: the folder can't be made.
  static absl::StatusOr<std::unique_ptr<LocalRing>> Create(const LocalRingOptions& options);
  ~LocalRing();

  const RingAddresses& addresses() const { return addresses_; }
  // Starts Redis and replay, which suffice to create the run. Errors: those of Supervisor::Start().
  absl::Status StartLedger(const std::function<bool()>& should_stop);
  // Starts verifier, rollout workers and learner. REQUIRES: the run exists in replay.
  absl::Status StartWorkers(const std::function<bool()>& should_stop);
  // OK, or why the ring can't continue.
  absl::Status Health() const { return supervisor_.Health(); }
  int restarts() const { return supervisor_.restarts(); }
  // See Supervisor::TakeNews().
  std::vector<std::string> TakeNews() { return supervisor_.TakeNews(); }
  // Stops all processes, the learner first. Blocks until they have ended.
  void Stop();

 private:
  explicit LocalRing(const LocalRingOptions& options);
  absl::Status Prepare();
  absl::Status RecordAddresses() const;
  absl::Status StartService(const std::string& program, const std::string& address,
                            int metrics_port, const std::vector<std::string>& flags,
                            const std::function<bool()>& should_stop);
  LocalServiceOptions ServiceOptions(const std::string& address, int metrics_port) const;
  absl::Status StartRollouts(const std::function<bool()>& should_stop);
  absl::Status StartRollout(size_t worker, const std::function<bool()>& should_stop);
  absl::Status StartLearner(int rank, const std::function<bool()>& should_stop);

  LocalRingOptions options_;
  std::string log_dir_;
  std::string redis_dir_;
  std::string socket_dir_;  // Empty = redis_dir_ itself is short enough for a socket.
  ReservedPorts ports_;
  RingAddresses addresses_;
  std::string master_;  // Where learners meet.
  std::vector<PlacedWorker> workers_;
  std::vector<int> metrics_ports_;  // Replay, verifier, learner, then each worker.
  Supervisor supervisor_;
};

// The addresses of the local ring that was started last for the run in `run_dir`, and may have
// ended, by service: "replay", "verifier", "learner", "rollout", "rollout-1", ... Empty where the
// folder has none.
std::map<std::string, std::string> AddressesOfLocalRing(const std::string& run_dir);

// The folder of the running program, which also holds the hir-* programs.
std::string ProgramFolder();

}  // namespace hir

#endif  // HIR_SUPERVISOR_LOCAL_RING_H_
