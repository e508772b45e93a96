#include "services/replay/records.h"

#include <algorithm>

#include "hir/domain/wire/verdict.h"

namespace hir {

std::vector<Verdict> StrictVerdicts(const common::v1::ScoredResponse& scored, size_t constraints) {
  if (static_cast<size_t>(scored.verdicts_size()) == constraints) {
    return VerdictsOf(scored.verdicts());
  }
  return std::vector<Verdict>(constraints, Verdict::kUndecidable);
}

ScoredSample ToSample(const common::v1::ScoredResponse& scored,
                      const common::v1::Instruction& instruction) {
  const common::v1::Response& response = scored.response();
  ScoredSample sample;
  sample.task = response.id().task();
  sample.sample = response.id().sample();
  sample.tokens = response.token_ids_size();
  // Rounding may leave a certain token's entropy a little below zero.
  sample.entropy_mean_nats = std::max(response.entropy_mean_nats(), 0.0);
  sample.truncated = response.finish_reason() == common::v1::FINISH_REASON_LENGTH;
  sample.rewritable = !instruction.prompt_is_complete();
  sample.verdicts = StrictVerdicts(scored, static_cast<size_t>(instruction.constraints_size()));
  return sample;
}

absl::Status CheckSchema(uint32_t found, uint32_t known, const char* what) {
  if (found == known) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("the stored ", what, " has schema ", found,
                                          " but this hir-replay reads ", known,
                                          "; go on with the version that made the run"));
}

int64_t OldestVersion(const common::v1::Response& response) {
  int64_t oldest = response.versions().empty() ? 0 : response.versions(0).weights().version();
  for (const common::v1::VersionSpan& span : response.versions()) {
    oldest = std::min(oldest, span.weights().version());
  }
  return oldest;
}

}  // namespace hir
