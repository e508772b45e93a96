// Caches the settings of the runs that this process serves.
#ifndef HIR_SERVICES_REPLAY_RUN_DIRECTORY_H_
#define HIR_SERVICES_REPLAY_RUN_DIRECTORY_H_

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "hir/config/run_config.h"
#include "hir/store/replay_store.h"
#include "hir/tokenizer/prompt_encoder.h"

namespace hir {

// Thread-safe. `store` and `encoder` must outlive it.
class RunDirectory {
 public:
  RunDirectory(ReplayStore& store, const PromptEncoder& encoder)
      : store_(store), encoder_(encoder) {}

  // Creates the run; true if it did not exist. INVALID_ARGUMENT: a bad name, or `config_yaml` is
  // not a valid run configuration with that name. Other errors: those of ReplayStore::CreateRun().
  absl::StatusOr<bool> Create(const std::string& run, const std::string& config_yaml);

  // The configuration of an existing run. FAILED_PRECONDITION: the run's prompts are made with a
  // tokenizer other than this process'. INTERNAL: this version can't read its configuration. Other
  // errors: those of ReplayStore::GetRun().
  absl::StatusOr<std::shared_ptr<const RunConfig>> Find(const std::string& run);

  // Deletes the run and drops it from the cache. Errors: those of ReplayStore::DeleteRun().
  absl::Status Delete(const std::string& run);

 private:
  ReplayStore& store_;
  const PromptEncoder& encoder_;
  absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<const RunConfig>> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_RUN_DIRECTORY_H_
