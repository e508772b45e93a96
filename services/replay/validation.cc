#include "services/replay/validation.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/domain/instruction.h"
#include "hir/domain/wire/constraint.h"
#include "hir/domain/wire/ids.h"
#include "hir/domain/wire/instruction.h"
#include "hir/domain/wire/response_check.h"

namespace hir {
namespace {

constexpr int64_t kMaxStep = 1'000'000;  // The largest learner.total_steps.
constexpr size_t kMaxSourceIdBytes = 4096;
constexpr size_t kMaxReasonBytes = 4096;  // The longest reason of an undecidable verdict.

absl::Status CheckVerdicts(const common::v1::ScoredResponse& scored, const std::string& name) {
  const int constraints = scored.response().instruction().constraints_size();
  if (scored.verdicts_size() != constraints) {
    return absl::InvalidArgumentError(absl::StrCat(name, " has ", scored.verdicts_size(),
                                                   " verdicts for ", constraints, " constraints"));
  }
  for (const common::v1::ConstraintVerdict& verdict : scored.verdicts()) {
    if (verdict.verdict() < common::v1::VERDICT_PASS ||
        verdict.verdict() > common::v1::VERDICT_UNDECIDABLE) {
      return absl::InvalidArgumentError(absl::StrCat(
          name, " has verdict ", static_cast<int>(verdict.verdict()), ", which is not a verdict"));
    }
    if (verdict.votes_yes() > verdict.votes_asked()) {
      return absl::InvalidArgumentError(absl::StrCat(name, " has a verdict with ",
                                                     verdict.votes_yes(), " votes of yes out of ",
                                                     verdict.votes_asked()));
    }
    if (verdict.reason().size() > kMaxReasonBytes) {
      return absl::InvalidArgumentError(absl::StrCat(name, " has a verdict with a reason of ",
                                                     verdict.reason().size(), " bytes; at most ",
                                                     kMaxReasonBytes, " are allowed"));
    }
  }
  if (scored.verifier_build().size() > kMaxNameBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " names a verifier_build of ", scored.verifier_build().size(),
                     " bytes; at most ", kMaxNameBytes, " are allowed"));
  }
  return absl::OkStatus();
}

// Checked before texts are tokenised, which takes time and memory per byte.
absl::Status CheckSizes(const common::v1::Instruction& instruction, const RunConfig& config) {
  size_t bytes = instruction.question().size();
  for (const common::v1::Constraint& constraint : instruction.constraints()) {
    bytes += constraint.text().size();
  }
  const size_t most = kMaxBytesPerToken * static_cast<size_t>(config.rollout.max_prompt_tokens);
  if (bytes > most) {
    return absl::InvalidArgumentError(
        absl::StrCat("question and constraints have ", bytes, " bytes, but a prompt of ",
                     "rollout.max_prompt_tokens, ", config.rollout.max_prompt_tokens,
                     ", has at most ", most, "; drop the record or raise the limit"));
  }
  if (instruction.source_id().size() > kMaxSourceIdBytes) {
    return absl::InvalidArgumentError(absl::StrCat("source_id has ", instruction.source_id().size(),
                                                   " bytes; at most ", kMaxSourceIdBytes,
                                                   " are allowed"));
  }
  return absl::OkStatus();
}

absl::Status CheckInstruction(const common::v1::Instruction& instruction, const RunConfig& config) {
  if (instruction.constraints().empty()) {
    return absl::InvalidArgumentError("there is no constraint");
  }
  HIR_RETURN_IF_ERROR(CheckConstraintCount(instruction.constraints_size()));
  HIR_RETURN_IF_ERROR(CheckSizes(instruction, config));
  for (const common::v1::Constraint& constraint : instruction.constraints()) {
    HIR_RETURN_IF_ERROR(ParseArguments(constraint).status());
  }
  HIR_RETURN_IF_ERROR(CheckDependencies(FromProto(instruction).constraints));
  if (instruction.prompt_is_complete()) return absl::OkStatus();
  return ParseLayout(instruction.layout()).status();
}

}  // namespace

std::string NameOf(const common::v1::Response& response) {
  return NameOf(FromProto(response.id()));
}

absl::Status CheckTask(const replay::v1::Task& task, const RunConfig& config) {
  const std::string name = absl::StrCat("task ", task.task());
  if (task.step() < 1 || task.step() > kMaxStep) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " is for step ", task.step(), "; steps count from 1 to ", kMaxStep));
  }
  const auto wanted = static_cast<uint32_t>(config.rollout.responses_per_prompt);
  if (task.responses() != wanted) {
    return absl::InvalidArgumentError(absl::StrCat(name, " asks for ", task.responses(),
                                                   " responses, but ",
                                                   "rollout.responses_per_prompt is ", wanted));
  }
  if (task.replacement() && config.rollout.max_resampled_groups == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, " is a replacement, but rollout.max_resampled_groups is 0, so no group is replaced"));
  }
  const absl::Status status = CheckInstruction(task.instruction(), config);
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat(name, ": ", status.message()));
}

absl::Status CheckScoredResponse(const common::v1::ScoredResponse& scored) {
  HIR_RETURN_IF_ERROR(CheckResponse(scored.response()));
  return CheckVerdicts(scored, NameOf(scored.response()));
}

}  // namespace hir
