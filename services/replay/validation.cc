#include "services/replay/validation.h"

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/hindsight/rewriter.h"
#include "hir/rpc/response_check.h"

namespace hir {
namespace {

constexpr uint32_t kMaxResponses = 4096;
absl::Status CheckVerdicts(const common::v1::ScoredResponse& scored, const std::string& name) {
  const int constraints = scored.response().instruction().constraints_size();
  if (scored.verdicts_size() != constraints) {
    return absl::InvalidArgumentError(absl::StrCat(name, " has ", scored.verdicts_size(),
                                                   " verdicts for ", constraints, " constraints"));
  }
  for (const common::v1::ConstraintVerdict& verdict : scored.verdicts()) {
    if (verdict.verdict() == common::v1::VERDICT_UNSPECIFIED) {
      return absl::InvalidArgumentError(name + " has a verdict that is not specified");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckTask(const replay::v1::Task& task) {
  const std::string name = absl::StrCat("task ", task.task());
  if (task.step() < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " is for step ", task.step(), "; steps count from 1"));
  }
  if (task.responses() < 1 || task.responses() > kMaxResponses) {
    return absl::InvalidArgumentError(absl::StrCat(name, " asks for ", task.responses(),
                                                   " responses; it must be 1 to ", kMaxResponses));
  }
  if (task.instruction().constraints().empty()) {
    return absl::InvalidArgumentError(name + " has no constraint");
  }
  if (const absl::Status status = ParsePromptLayout(task.instruction().layout()).status();
      !status.ok() && !task.instruction().prompt_is_complete()) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": ", status.message()));
  }
  return absl::OkStatus();
}

absl::Status CheckScoredResponse(const common::v1::ScoredResponse& scored) {
  const common::v1::Response& response = scored.response();
  HIR_RETURN_IF_ERROR(CheckResponse(response));
  const std::string name =
      absl::StrCat("sample ", response.id().task(), "/", response.id().sample());
  return CheckVerdicts(scored, name);
}

}  // namespace hir
