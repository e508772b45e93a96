#include "hir/driver/local_policy.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/driver/check_model_folder.h"
#include "hir/supervisor/services.h"

namespace hir {

LocalPolicy::LocalPolicy() : supervisor_({.stop_deadline = absl::Seconds(5)}) {}

LocalPolicy::~LocalPolicy() {
  supervisor_.Stop();
  if (log_dir_.empty()) return;
  std::error_code ignored;
  if (!keep_logs_) std::filesystem::remove_all(log_dir_, ignored);
}

absl::StatusOr<std::unique_ptr<LocalPolicy>> LocalPolicy::Start(
    const LocalPolicyOptions& options, const std::function<bool()>& should_stop) {
  HIR_RETURN_IF_ERROR(CheckModelFolder(options.model));
  std::unique_ptr<LocalPolicy> policy(new LocalPolicy());
  char folder[] = "/tmp/hir-policy-XXXXXX";
  if (mkdtemp(folder) == nullptr) return absl::UnavailableError("can't make a folder in /tmp.");
  policy->log_dir_ = folder;
  const absl::Status started = policy->StartServices(options, should_stop);
  policy->keep_logs_ = absl::IsUnavailable(started);
  HIR_RETURN_IF_ERROR(started);
  return policy;
}

absl::Status LocalPolicy::StartServices(const LocalPolicyOptions& options,
                                        const std::function<bool()>& should_stop) {
  HIR_ASSIGN_OR_RETURN(ports_, ReservedPorts::Take(2));
  if (options.with_verifier) {
    HIR_RETURN_IF_ERROR(supervisor_.Start(
        RingService({.bin_dir = options.bin_dir, .log_dir = log_dir_, .port = ports_[0]},
                    "hir-verifier", options.verifier_flags),
        should_stop));
    addresses_.verifier = absl::StrCat("127.0.0.1:", ports_[0]);
  }
  HIR_RETURN_IF_ERROR(supervisor_.Start(
      RingService({.bin_dir = options.bin_dir, .log_dir = log_dir_, .port = ports_[1]},
                  "hir-rollout",
                  {"--model", std::filesystem::absolute(options.model).string(),
                   absl::StrCat("--reasoning_end=", options.reasoning_end)}),
      should_stop));
  addresses_.rollouts = {absl::StrCat("127.0.0.1:", ports_[1])};
  return absl::OkStatus();
}

}  // namespace hir
