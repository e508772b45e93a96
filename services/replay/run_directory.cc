#include "services/replay/run_directory.h"

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/config/run_extension.h"
#include "hir/config/schema.h"
#include "hir/domain/run_name.h"
#include "hir/tokenizer/run_tokenizer.h"

namespace hir {
namespace {

constexpr size_t kMaxConfigBytes = size_t{1} << 20;

}  // namespace

absl::StatusOr<bool> RunDirectory::Create(const std::string& run, const std::string& config_yaml) {
  HIR_RETURN_IF_ERROR(CheckRunName(run));
  if (config_yaml.size() > kMaxConfigBytes) {
    return absl::InvalidArgumentError(absl::StrCat("config_yaml has ", config_yaml.size(),
                                                   " bytes; at most ", kMaxConfigBytes,
                                                   " are allowed"));
  }
  HIR_ASSIGN_OR_RETURN(const RunConfig config, ParseRunConfig(config_yaml));
  HIR_RETURN_IF_ERROR(ValidateRunConfig(config));
  // Whoever reads the configuration takes its name for the run's.
  if (config.name != run) {
    return absl::InvalidArgumentError(absl::StrCat("run '", run, "' has a configuration of name '",
                                                   config.name, "'; the two must be equal"));
  }
  const LedgerRun record = {.config = config_yaml,
                            .tokenizer_digest = encoder_.digest(),
                            .lease_duration = absl::Seconds(config.rollout.lease_seconds),
                            .max_attempts = config.rollout.max_attempts,
                            .max_staleness = config.rollout.max_staleness,
                            .tasks_per_step = config.rollout.train_batch_size,
                            .replacements_per_step = config.rollout.max_resampled_groups};
  const absl::StatusOr<bool> created = store_.CreateRun(run, record);
  if (!absl::IsFailedPrecondition(created.status())) return created;
  HIR_ASSIGN_OR_RETURN(const RunState state, store_.GetRun(run));
  const absl::StatusOr<RunConfig> before = ParseRunConfig(state.record.config);
  if (!before.ok() || state.record.config == config_yaml) return created;
  if (const absl::Status status = CheckExtends(*before, config); !status.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("run '", run, "' exists with another configuration (", status.message(),
                     "); choose another name or remove the run"));
  }
  HIR_RETURN_IF_ERROR(store_.ChangeConfig(run, state.record.config, config_yaml));
  {
    absl::MutexLock lock(&mutex_);
    known_.erase(run);
  }
  return store_.CreateRun(run, record);
}

absl::StatusOr<std::shared_ptr<const RunConfig>> RunDirectory::Find(const std::string& run) {
  {
    absl::MutexLock lock(&mutex_);
    if (const auto found = known_.find(run); found != known_.end()) return found->second;
  }
  HIR_ASSIGN_OR_RETURN(const RunState state, store_.GetRun(run));
  HIR_RETURN_IF_ERROR(CheckRunTokenizer(run, state.record.tokenizer_digest, "this replay service",
                                        encoder_.digest()));
  absl::StatusOr<RunConfig> config = ParseRunConfig(state.record.config);
  if (!config.ok()) {
    return absl::InternalError(absl::StrCat("the stored configuration of run '", run,
                                            "' cannot be read: ", config.status().message()));
  }
  absl::MutexLock lock(&mutex_);
  return known_.emplace(run, std::make_shared<const RunConfig>(*std::move(config))).first->second;
}

absl::Status RunDirectory::Delete(const std::string& run) {
  const absl::Status status = store_.DeleteRun(run);
  absl::MutexLock lock(&mutex_);
  known_.erase(run);
  return status;
}

}  // namespace hir
