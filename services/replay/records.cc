#include "services/replay/records.h"

#include <cstddef>
#include <vector>

#include "hir/domain/wire/ids.h"
#include "hir/domain/wire/response.h"
#include "hir/domain/wire/verdict.h"
#include "hir/text/reasoning.h"

namespace hir {
namespace {

void AddVerdicts(const common::v1::ScoredResponse& scored, size_t constraints,
                 ScoredResponse& response) {
  if (static_cast<size_t>(scored.verdicts_size()) == constraints) {
    response.verdicts = VerdictsOf(scored.verdicts());
    response.votes = VotesOf(scored.verdicts());
  } else {
    response.verdicts.assign(constraints, Verdict::kUndecidable);
  }
}

}  // namespace

std::vector<WeightsId> WeightsOf(const common::v1::Response& response) {
  std::vector<WeightsId> weights;
  for (const common::v1::VersionSpan& span : response.versions()) {
    weights.push_back(FromProto(span.weights()));
  }
  return weights;
}

ScoredResponse FromProto(const common::v1::ScoredResponse& scored, const Instruction& instruction) {
  const common::v1::Response& response = scored.response();
  ScoredResponse result = {
      .id = FromProto(response.id()),
      .tokens = response.token_ids_size(),
      .entropy_mean = response.entropy_mean_nats(),
      .truncated = FromProto(response.finish_reason()) == FinishReason::kLength,
      .reasoning_ended = ReasoningEnded(response.text(), response.reasoning_end()),
      .rewritable = !instruction.prompt_is_complete,
      .depends_on = DependenciesOf(instruction.constraints),
      .verifier_build = scored.verifier_build(),
      .weights = WeightsOf(response)};
  AddVerdicts(scored, instruction.constraints.size(), result);
  return result;
}

absl::Status CheckSchema(uint32_t found, uint32_t known, const char* what) {
  if (found == known) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("the stored ", what, " has schema ", found,
                                          " but this hir-replay reads ", known,
                                          "; go on with the version that made the run"));
}

}  // namespace hir
