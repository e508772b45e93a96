// The whole ring as processes of this machine, with a private Redis, for one run.
#ifndef HIR_CLUSTER_LOCAL_RING_H_
#define HIR_CLUSTER_LOCAL_RING_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/client/ring_addresses.h"
#include "hir/cluster/ports.h"
#include "hir/cluster/services.h"
#include "hir/cluster/supervisor.h"

namespace hir {

struct LocalRingOptions {
  std::string bin_dir;  // Folder of the hir-* programs.
  std::string run_dir;  // Folder of the run; redis/, logs/ and services.json go there.
  std::string run;      // Name of the run.
  std::string model;    // Model folder.
  // Whether rollout and learner work at the same time; then each takes half of the cores.
  bool asynchronous = false;
  std::vector<std::string> verifier_flags;  // More flags of hir-verifier.
  int learners = 1;  // Learner processes, which split each batch and the cores between them.
  std::vector<std::string> learner_flags;  // More flags of hir-learner, for every rank.
  SupervisorOptions supervisor;
};

// Not thread-safe, except Health(). Destroying it stops all processes and removes the socket.
class LocalRing {
 public:
  // Makes the folders and reserves ports; starts nothing. UNAVAILABLE: the folder can't be made.
  static absl::StatusOr<std::unique_ptr<LocalRing>> Create(const LocalRingOptions& options);
  ~LocalRing();

  const RingAddresses& addresses() const { return addresses_; }
  // Redis and replay: enough to make the run. Errors: Supervisor::Start().
  absl::Status StartLedger(const std::function<bool()>& should_stop);
  // Verifier, rollout worker and learner. REQUIRES: the run exists in replay.
  absl::Status StartWorkers(const std::function<bool()>& should_stop);
  // OK, or why the ring can't go on.
  absl::Status Health() const { return supervisor_.Health(); }
  int restarts() const { return supervisor_.restarts(); }
  // See Supervisor.
  std::vector<std::string> TakeNews() { return supervisor_.TakeNews(); }
  // Ends all processes, the learner first. Blocks.
  void Stop();

 private:
  explicit LocalRing(const LocalRingOptions& options);
  absl::Status Prepare();
  absl::Status StartService(const std::string& program, const std::string& address,
                            int metrics_port, const std::vector<std::string>& flags,
                            const std::function<bool()>& should_stop);
  LocalServiceOptions ServiceOptions(const std::string& address, int metrics_port) const;
  absl::Status StartLearner(int rank, const std::function<bool()>& should_stop);

  LocalRingOptions options_;
  std::string log_dir_;
  std::string redis_dir_;
  std::string socket_dir_;  // Empty = redis_dir_ itself is short enough for a socket.
  ReservedPorts ports_;
  RingAddresses addresses_;
  std::string master_;              // Where learners meet.
  std::vector<int> metrics_ports_;  // Replay, verifier, rollout, learner.
  Supervisor supervisor_;
};

// Address of the replay service of the local ring that was last started for the run in `run_dir`
// and may have ended; empty where the folder knows of none.
std::string ReplayOfLocalRing(const std::string& run_dir);

// Folder of the running program, where its companions lie.
std::string ProgramFolder();

}  // namespace hir

#endif  // HIR_CLUSTER_LOCAL_RING_H_
