// A local copy of the folder of a run whose services are elsewhere, with the files that `hir train`
// would write. It exists while somebody looks at the run.
#ifndef HIR_DRIVER_RUN_MIRROR_H_
#define HIR_DRIVER_RUN_MIRROR_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "hir/client/replay_client.h"
#include "hir/client/ring_client.h"
#include "hir/client/step_watcher.h"
#include "hir/run/run_folder.h"

namespace hir {

// Destroying it ends its thread and removes the folder.
class RunMirror {
 public:
  // Asks replay for the run's configuration, then writes in the background what the learner reports
  // and replay stores: the last step so far and all later ones. `stubs` (replay and learner)
  // outlive it. NOT_FOUND: replay has no such run. UNAVAILABLE: a folder can't be made. CANCELLED:
  // `should_stop` returned true.
  static absl::StatusOr<std::unique_ptr<RunMirror>> Start(const RingStubs& stubs,
                                                          const std::string& run,
                                                          std::function<bool()> should_stop);
  ~RunMirror();

  // Has the run's name, config.yaml, metrics.jsonl and rollouts/.
  const std::string& folder() const { return folder_.path(); }

 private:
  RunMirror(const RingStubs& stubs, const RunConfig& config, std::function<bool()> should_stop);
  void Follow();

  const std::string root_;
  const RunFolder folder_;
  const std::function<bool()> should_stop_;
  ReplayClient replay_;
  StepWatcher watcher_;
  std::thread thread_;
};

}  // namespace hir

#endif  // HIR_DRIVER_RUN_MIRROR_H_
