#include "cli/local_policy.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/model_folder.h"
#include "hir/base/status_macros.h"
#include "hir/cluster/services.h"

namespace hir {

LocalPolicy::LocalPolicy() : supervisor_({.max_restarts = 2, .stop_deadline = absl::Seconds(5)}) {}

LocalPolicy::~LocalPolicy() {
  supervisor_.Stop();
  std::error_code ignored;
  if (!log_dir_.empty()) std::filesystem::remove_all(log_dir_, ignored);
}

absl::StatusOr<std::unique_ptr<LocalPolicy>> LocalPolicy::Start(
    const LocalPolicyOptions& options, const std::function<bool()>& should_stop) {
  HIR_RETURN_IF_ERROR(CheckModelFolder(options.model));
  std::unique_ptr<LocalPolicy> policy(new LocalPolicy());
  char folder[] = "/tmp/hir-policy-XXXXXX";
  if (mkdtemp(folder) == nullptr) return absl::UnavailableError("can't make a folder in /tmp.");
  policy->log_dir_ = folder;
  HIR_ASSIGN_OR_RETURN(policy->ports_, ReservedPorts::Take(2));
  const ReservedPorts& ports = policy->ports_;
  const std::string bin_dir = ProgramFolder();
  if (options.with_verifier) {
    HIR_RETURN_IF_ERROR(policy->supervisor_.Start(
        RingService({.bin_dir = bin_dir, .log_dir = folder, .port = ports[0]}, "hir-verifier",
                    options.verifier_flags),
        should_stop));
    policy->addresses_.verifier = absl::StrCat("127.0.0.1:", ports[0]);
  }
  HIR_RETURN_IF_ERROR(policy->supervisor_.Start(
      RingService({.bin_dir = bin_dir, .log_dir = folder, .port = ports[1]}, "hir-rollout",
                  {"--model", std::filesystem::absolute(options.model).string()}),
      should_stop));
  policy->addresses_.rollout = absl::StrCat("127.0.0.1:", ports[1]);
  return policy;
}

}  // namespace hir
