#include "services/replay/sample_intake.h"

#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "hir/base/status_macros.h"
#include "hir/common/v1/common.pb.h"
#include "hir/domain/reward.h"
#include "hir/domain/wire/ids.h"
#include "hir/domain/wire/response.h"
#include "hir/domain/wire/verdict.h"
#include "hir/trace/trace.h"
#include "services/replay/records.h"
#include "services/replay/validation.h"

namespace hir {
namespace {

using replay::v1::InsertResult;

// Compares the response with its task. INVALID_ARGUMENT: it does not match.
absl::Status Compare(const common::v1::ScoredResponse& scored, const RunConfig& config,
                     const SampleDoor& door) {
  const common::v1::Response& response = scored.response();
  const common::v1::SampleId& id = response.id();
  HIR_ASSIGN_OR_RETURN(const SampleContext context,
                       door.store.GetSampleContext(id.run(), FromProto(id), WeightsOf(response)));
  if (!context.wanted) return absl::OkStatus();
  HIR_ASSIGN_OR_RETURN(const auto task,
                       ParseStored<replay::v1::LeasedTask>(context.task_payload, "task"));
  return CheckAgainstTask(scored, {.task = task,
                                   .context = context,
                                   .config = config,
                                   .limits = door.limits,
                                   .decoder = door.decoder});
}

// Checks and stores the response; returns what became of it. INVALID_ARGUMENT: it is malformed or
// does not match its task.
absl::StatusOr<InsertOutcome> Store(const common::v1::ScoredResponse& scored, std::string bytes,
                                    const SampleDoor& door) {
  HIR_RETURN_IF_ERROR(CheckScoredResponse(scored));
  const common::v1::Response& response = scored.response();
  HIR_ASSIGN_OR_RETURN(const std::shared_ptr<const RunConfig> config,
                       door.runs.Find(response.id().run()));
  HIR_RETURN_IF_ERROR(Compare(scored, *config, door));
  // Stores the received bytes; the message was parsed only for the comparison.
  return door.store.Insert(
      response.id().run(),
      {.task = response.id().task(),
       .sample = response.id().sample(),
       .step = response.step(),
       .token = response.fencing_token(),
       .payload = std::move(bytes),
       .reward = ComparedReward(VerdictsOf(scored.verdicts()),
                                FromProto(response.finish_reason()) == FinishReason::kLength,
                                config->objective.reward)});
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

absl::StatusOr<InsertResult> TakeSample(std::string bytes, const SampleDoor& door) {
  const absl::Time start = absl::Now();
  common::v1::ScoredResponse scored;
  if (!scored.ParseFromString(bytes)) {
    return absl::InvalidArgumentError("the chunks are not a hir.common.v1.ScoredResponse");
  }
  const common::v1::Response& response = scored.response();
  InsertResult result;
  *result.mutable_id() = response.id();
  const absl::StatusOr<InsertOutcome> outcome = Store(scored, std::move(bytes), door);
  if (absl::IsInvalidArgument(outcome.status())) {
    result.set_outcome(InsertResult::INVALID);
    result.set_error(std::string(outcome.status().message()));
    door.metrics.CountInsert("invalid");
    return result;
  }
  HIR_RETURN_IF_ERROR(outcome.status());
  switch (outcome->kind) {
    case InsertOutcome::Kind::kStored:
      result.set_outcome(InsertResult::STORED);
      door.metrics.CountInsert("stored");
      break;
    case InsertOutcome::Kind::kDuplicate:
      result.set_outcome(InsertResult::DUPLICATE);
      door.metrics.CountInsert("duplicate");
      break;
    case InsertOutcome::Kind::kUnwanted:
      result.set_outcome(InsertResult::UNWANTED);
      door.metrics.CountInsert("unwanted");
      break;
  }
  TraceStore(response, result, start);
  if (outcome->task_complete) door.metrics.acks.Increment();
  if (outcome->step_complete) door.freezer.FreezeSoon(response.id().run(), response.step());
  return result;
}

}  // namespace hir
