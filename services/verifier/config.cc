#include "services/verifier/config.h"

#include "absl/strings/str_cat.h"

namespace hir {

absl::Status Validate(const VerifierConfig& config) {
  if (config.max_pending_responses < 1 || config.max_pending_responses > 4096) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--max-pending-responses can't be ", config.max_pending_responses, "; it is 1 to 4096."));
  }
  if (config.verify_threads < 0 || config.verify_threads > 256) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--verify-threads can't be ", config.verify_threads, "; it is 0 (one per core) to 256."));
  }
  if (config.waiting_checks < 1 || config.waiting_checks > 1024) {
    return absl::InvalidArgumentError(
        absl::StrCat("--waiting-checks can't be ", config.waiting_checks, "; it is 1 to 1024."));
  }
  return absl::OkStatus();
}

}  // namespace hir
