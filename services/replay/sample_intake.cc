#include "services/replay/sample_intake.h"

#include "absl/time/clock.h"
#include "hir/base/status_macros.h"
#include "hir/common/v1/common.pb.h"
#include "hir/trace/trace.h"
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

void TraceStore(const common::v1::Response& response, const InsertResult& result,
                absl::Time start) {
  const common::v1::SampleId& id = response.id();
  const auto span_of = [&](const char* stage) {
    return SampleSpan(id.run(), id.task(), response.fencing_token(), id.sample(), stage);
  };
  ReportSpan({.name = "store",
              .context = span_of("store"),
              .parent = span_of("verify"),
              .start = start,
              .end = absl::Now(),
              .attributes = {{"hir.sample", int64_t{id.sample()}},
                             {"hir.outcome", InsertResult::Outcome_Name(result.outcome())}}});
}

}  // namespace

absl::StatusOr<InsertResult> TakeSample(const std::string& bytes, ReplayStore& store,
                                        StepFreezer& freezer, ReplayMetrics& metrics) {
  const absl::Time start = absl::Now();
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
  TraceStore(response, result, start);
  if (outcome->task_complete) metrics.acks.Increment();
  if (outcome->step_complete) freezer.FreezeSoon(run, response.step());
  return result;
}

}  // namespace hir
