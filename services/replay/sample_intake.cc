#include "services/replay/sample_intake.h"

#include "hir/base/status_macros.h"
#include "hir/common/v1/common.pb.h"
#include "services/replay/validation.h"

namespace hir {
namespace {

using replay::v1::InsertResult;

InsertResult Refused(InsertResult result, const absl::Status& why, ReplayMetrics& metrics) {
  result.set_outcome(InsertResult::INVALID);
  result.set_error(std::string(why.message()));
  metrics.CountInsert("invalid");
  return result;
}

}  // namespace

absl::StatusOr<InsertResult> TakeSample(const std::string& bytes, ReplayStore& store,
                                        StepFreezer& freezer, ReplayMetrics& metrics) {
  common::v1::ScoredResponse scored;
  if (!scored.ParseFromString(bytes)) {
    return absl::InvalidArgumentError("the chunks are no hir.common.v1.ScoredResponse");
  }
  const common::v1::Response& response = scored.response();
  InsertResult result;
  *result.mutable_id() = response.id();
  if (const absl::Status status = CheckScoredResponse(scored); !status.ok()) {
    return Refused(result, status, metrics);
  }
  const std::string& run = response.id().run();
  const absl::StatusOr<InsertOutcome> outcome =
      store.Insert(run, {.task = response.id().task(),
                         .sample = response.id().sample(),
                         .step = response.step(),
                         .token = response.fencing_token(),
                         .payload = bytes});
  if (absl::IsInvalidArgument(outcome.status())) return Refused(result, outcome.status(), metrics);
  HIR_RETURN_IF_ERROR(outcome.status());
  switch (outcome->kind) {
    case InsertOutcome::Kind::kStored:
      result.set_outcome(InsertResult::STORED);
      metrics.CountInsert("stored");
      break;
    case InsertOutcome::Kind::kDuplicate:
      result.set_outcome(InsertResult::DUPLICATE);
      metrics.CountInsert("duplicate");
      break;
    case InsertOutcome::Kind::kUnwanted:
      result.set_outcome(InsertResult::UNWANTED);
      metrics.CountInsert("unwanted");
      break;
  }
  if (outcome->task_complete) metrics.acks.Increment();
  if (outcome->step_complete) freezer.FreezeSoon(run, response.step());
  return result;
}

}  // namespace hir
