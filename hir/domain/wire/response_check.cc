#include "hir/domain/wire/response_check.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "hir/base/reasoning_end.h"
#include "hir/base/status_macros.h"
#include "hir/domain/response.h"
#include "hir/domain/run_name.h"
#include "hir/domain/wire/ids.h"

namespace hir {
namespace {

absl::Status CheckEntropy(const common::v1::Response& response, const std::string& name) {
  const double entropy = response.entropy_mean_nats();
  if (!std::isfinite(entropy) || entropy < -kRounding) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " has entropy ", entropy, "; it must be a number of at least 0"));
  }
  if (!common::v1::EntropySource_IsValid(response.entropy_source())) {
    return absl::InvalidArgumentError(absl::StrCat(name, " has entropy_source ",
                                                   static_cast<int>(response.entropy_source()),
                                                   ", which is not a source of entropies"));
  }
  return absl::OkStatus();
}

absl::Status CheckTokens(const common::v1::Response& response, const std::string& name) {
  if (response.prompt_token_ids().empty()) {
    return absl::InvalidArgumentError(name + " has no prompt_token_ids");
  }
  if (response.token_ids().empty()) return absl::InvalidArgumentError(name + " has no token_ids");
  if (response.logprobs_size() != response.token_ids_size()) {
    return absl::InvalidArgumentError(absl::StrCat(name, " has ", response.logprobs_size(),
                                                   " logprobs for ", response.token_ids_size(),
                                                   " token_ids; there must be one per token"));
  }
  const auto& logprobs = response.logprobs();
  if (!std::all_of(logprobs.begin(), logprobs.end(), [](float logprob) {
        return logprob >= kLeastLogprob && logprob <= kRounding;
      })) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " has a logprob that is not a number in [", kLeastLogprob, ", 0]"));
  }
  return absl::OkStatus();
}

absl::Status CheckWorker(const common::v1::Response& response, const std::string& name) {
  if (response.worker().size() > kMaxNameBytes) {
    return absl::InvalidArgumentError(absl::StrCat(name, " names a worker of ",
                                                   response.worker().size(), " bytes; at most ",
                                                   kMaxNameBytes, " are allowed"));
  }
  return absl::OkStatus();
}

absl::Status CheckVersions(const common::v1::Response& response, const std::string& name) {
  if (response.versions_size() > kMostSpans) {
    return absl::InvalidArgumentError(absl::StrCat(name, " has ", response.versions_size(),
                                                   " versions; at most ", kMostSpans,
                                                   " are allowed"));
  }
  int64_t next = 0;
  for (const common::v1::VersionSpan& span : response.versions()) {
    if ((next == 0) != (span.first_token() == 0) || span.first_token() < next) {
      return absl::InvalidArgumentError(name +
                                        " has versions whose first_token does not rise from 0");
    }
    next = int64_t{span.first_token()} + 1;
  }
  if (next == 0) return absl::InvalidArgumentError(name + " has no versions");
  if (next > response.token_ids_size()) {
    return absl::InvalidArgumentError(absl::StrCat(name, " has versions from token ", next - 1,
                                                   ", but only ", response.token_ids_size(),
                                                   " token_ids"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckResponse(const common::v1::Response& response) {
  HIR_RETURN_IF_ERROR(CheckRunName(response.id().run()));
  const std::string name = NameOf(FromProto(response.id()));
  if (response.schema_version() != kResponseSchema) {
    return absl::InvalidArgumentError(absl::StrCat(name, " has schema_version ",
                                                   response.schema_version(),
                                                   "; this program knows ", kResponseSchema));
  }
  if (response.finish_reason() != common::v1::FINISH_REASON_STOP &&
      response.finish_reason() != common::v1::FINISH_REASON_LENGTH) {
    return absl::InvalidArgumentError(absl::StrCat(name, " has finish_reason ",
                                                   static_cast<int>(response.finish_reason()),
                                                   ", which is not a finish reason"));
  }
  if (const absl::Status mark = CheckReasoningEnd(response.reasoning_end()); !mark.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": ", mark.message()));
  }
  HIR_RETURN_IF_ERROR(CheckTokens(response, name));
  HIR_RETURN_IF_ERROR(CheckEntropy(response, name));
  HIR_RETURN_IF_ERROR(CheckWorker(response, name));
  return CheckVersions(response, name);
}

}  // namespace hir
