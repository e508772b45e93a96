#include "services/verifier/scoring_job.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/checkers/core/score.h"
#include "hir/domain/reward.h"
#include "hir/domain/wire/response_check.h"
#include "hir/domain/wire/verdict.h"
#include "hir/rpc/chunks.h"
#include "hir/text/reasoning.h"
#include "hir/trace/trace.h"

namespace hir {
namespace {

using common::v1::Response;
using common::v1::ScoredResponse;

void TraceVerdicts(const ScoredResponse& scored, absl::Time start, absl::Time end) {
  const Response& response = scored.response();
  const common::v1::SampleId& id = response.id();
  const auto span_of = [&](const char* stage) {
    return SampleSpan(id.run(), id.task(), response.fencing_token(), id.sample(), stage);
  };
  const auto passed = static_cast<int64_t>(ConstraintsMet(VerdictsOf(scored.verdicts())));
  ReportSpan({.name = "verify",
              .context = span_of("verify"),
              .parent = span_of("generate"),
              .start = start,
              .end = end,
              .attributes = {{"hir.sample", int64_t{id.sample()}},
                             {"hir.constraints", int64_t{scored.verdicts_size()}},
                             {"hir.passed", passed}}});
}

}  // namespace

ScoringJob::ScoringJob(Checkers checkers, std::shared_ptr<const Quota::Share> held,
                       absl::Time start)
    : checkers_(std::move(checkers)),
      held_(std::move(held)),
      start_(start),
      results_(checkers_.size()),
      undecided_(checkers_.size()) {}

absl::StatusOr<std::shared_ptr<ScoringJob>> ScoringJob::Start(
    const CheckerRegistry& registry, Response response, std::shared_ptr<const Quota::Share> held,
    absl::Time now) {
  // Checked before any checker runs, so that responses of a faulty worker cost a judge nothing.
  HIR_RETURN_IF_ERROR(CheckResponse(response));
  HIR_ASSIGN_OR_RETURN(Checkers checkers,
                       MakeCheckers(registry, response.instruction().constraints()));
  std::shared_ptr<ScoringJob> job(new ScoringJob(std::move(checkers), std::move(held), now));
  *job->scored_.mutable_response() = std::move(response);
  job->scored_.set_verifier_build(registry.build());
  return job;
}

std::vector<size_t> ScoringJob::ConstraintsThat(bool wait) const {
  std::vector<size_t> numbers;
  for (size_t i = 0; i < checkers_.size(); ++i) {
    if (checkers_[i]->waits() == wait) numbers.push_back(i);
  }
  return numbers;
}

ResponseText ScoringJob::Text() const {
  // The model's reasoning is stored and trained, but not checked.
  const Response& response = scored_.response();
  return ResponseText::FromUtf8(AnswerOf(response.text(), response.reasoning_end()));
}

CheckResult ScoringJob::Decide(size_t constraint, const ResponseText& text) const {
  return CheckText(*checkers_[constraint], text);
}

CheckResult ScoringJob::LeaveUndecided() {
  absl::MutexLock lock(&mutex_);
  abandoned_ = true;
  return Undecidable(kCallCancelled);
}

ScoringJob::Progress ScoringJob::Add(absl::Span<const size_t> constraints,
                                     std::vector<CheckResult> results) {
  absl::MutexLock lock(&mutex_);
  for (size_t i = 0; i < results.size(); ++i) results_[constraints[i]] = std::move(results[i]);
  undecided_ -= results.size();
  if (undecided_ > 0) return Progress::kUndecided;
  // Constraints that were left undecided have no verdicts that replay may store.
  return abandoned_ ? Progress::kAbandoned : Progress::kComplete;
}

absl::StatusOr<ScoredResponse> ScoringJob::Finish(VerifierMetrics& metrics, absl::Time now) {
  {
    absl::MutexLock lock(&mutex_);
    CountVerdicts(scored_.response().instruction().constraints(), results_, metrics);
    AppendVerdicts(results_, *scored_.mutable_verdicts());
  }
  metrics.ObserveRequest("verify_stream", absl::ToDoubleSeconds(now - start_));
  TraceVerdicts(scored_, start_, now);
  // The response alone was small enough to be received; the reasons of undecidable verdicts add to
  // it.
  if (const size_t bytes = scored_.ByteSizeLong(); bytes > kMaxMessageBytes) {
    return absl::InvalidArgumentError(absl::StrCat("With its verdicts the response has ", bytes,
                                                   " bytes; at most 64 MiB are allowed."));
  }
  return std::move(scored_);
}

}  // namespace hir
