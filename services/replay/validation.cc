#include "services/replay/validation.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/hindsight/rewriter.h"

namespace hir {
namespace {

constexpr uint32_t kMaxResponses = 4096;
// Sums of rounded floats may pass zero by a little.
constexpr double kRounding = 1e-3;

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
}

absl::Status CheckTokens(const common::v1::Response& response, const std::string& name) {
  if (response.prompt_token_ids().empty()) {
    return absl::InvalidArgumentError(name + " has no prompt_token_ids");
  }
  if (response.token_ids().empty()) return absl::InvalidArgumentError(name + " has no token_ids");
  if (response.logprobs_size() != response.token_ids_size()) {
    return absl::InvalidArgumentError(absl::StrCat(name, " has ", response.logprobs_size(),
                                                   " logprobs for ", response.token_ids_size(),
                                                   " token_ids; there must be one each"));
  }
  const auto& logprobs = response.logprobs();
  if (!std::all_of(logprobs.begin(), logprobs.end(),
                   [](float logprob) { return std::isfinite(logprob) && logprob <= kRounding; })) {
    return absl::InvalidArgumentError(name + " has a logprob that is not a number of at most 0");
  }
  for (double entropy : {response.entropy_mean_nats(), response.entropy_sum_nats()}) {
    if (!std::isfinite(entropy) || entropy < -kRounding * response.token_ids_size()) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, " has entropy ", entropy, "; it must be a number of at least 0"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckVersions(const common::v1::Response& response, const std::string& name) {
  int64_t next = 0;
  for (const common::v1::VersionSpan& span : response.versions()) {
    if ((next == 0) != (span.first_token() == 0) || span.first_token() < next) {
      return absl::InvalidArgumentError(name +
                                        " has versions whose first_token does not rise from 0");
    }
    next = int64_t{span.first_token()} + 1;
  }
  if (next == 0) return absl::InvalidArgumentError(name + " has no versions");
  return absl::OkStatus();
}

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

absl::Status CheckRunName(const std::string& run) {
  if (!run.empty() && run.size() <= 64 && std::all_of(run.begin(), run.end(), IsNameCharacter)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("run is '", run, "'; it must be 1 to 64 of a-z, A-Z, 0-9, '.', '_', '-'"));
}

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
  HIR_RETURN_IF_ERROR(CheckRunName(response.id().run()));
  const std::string name =
      absl::StrCat("sample ", response.id().task(), "/", response.id().sample());
  if (response.schema_version() != 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, " has schema_version ", response.schema_version(), "; this replay service knows 1"));
  }
  if (response.finish_reason() == common::v1::FINISH_REASON_UNSPECIFIED) {
    return absl::InvalidArgumentError(name + " has no finish_reason");
  }
  HIR_RETURN_IF_ERROR(CheckTokens(response, name));
  HIR_RETURN_IF_ERROR(CheckVersions(response, name));
  return CheckVerdicts(scored, name);
}

}  // namespace hir
