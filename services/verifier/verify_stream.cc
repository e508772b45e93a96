#include "services/verifier/verify_stream.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/checkers/core/score.h"
#include "hir/domain/reward.h"
#include "hir/domain/wire/response_check.h"
#include "hir/domain/wire/verdict.h"
#include "hir/text/reasoning.h"
#include "hir/trace/trace.h"
#include "services/verifier/translation.h"

namespace hir {
namespace {

using common::v1::Response;
using common::v1::ScoredResponse;
using replay::v1::InsertResult;
using verifier::v1::SampleAck;
using verifier::v1::VerifyStreamRequest;
using verifier::v1::VerifyStreamResponse;

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

// What checkers see of it.
ResponseText AnswerText(const Response& response) {
  return ResponseText::FromUtf8(AnswerOf(response.text(), response.reasoning_end()));
}

}  // namespace

VerifyStreamCall::VerifyStreamCall(const StreamDependencies& dependencies,
                                   grpc::ServerContext& context, Stream& stream)
    : dependencies_(dependencies),
      context_(context),
      stream_(stream),
      writes_(context),
      joiner_(Quota::Share(dependencies.unfinished, context.peer())),
      deadline_(context, dependencies.limits),
      forwarder_(
          dependencies.replay, dependencies.clock,
          {.retry = dependencies.retry,
           .make_context = [&context] { return grpc::ClientContext::FromServerContext(context); },
           .should_stop = [&context] { return context.IsCancelled(); },
           .on_result = [this](const auto& id, const auto& result) { TakeResult(id, result); },
           .on_failed = [this](const absl::Status& error) { EndOnFailure(error); }},
          dependencies.metrics.queue_depth) {}

absl::Status VerifyStreamCall::Run() {
  const absl::Status read = ReadAll();
  {
    const auto scored = [this]() ABSL_SHARED_LOCKS_REQUIRED(state_mutex_) { return scoring_ == 0; };
    absl::MutexLock lock(&state_mutex_);
    state_mutex_.Await(absl::Condition(&scored));
  }
  const absl::Status forwarded = forwarder_.Finish();
  // Where forwarding failed, it ended the reading.
  return forwarded.ok() ? read : forwarded;
}

absl::Status VerifyStreamCall::ReadAll() {
  VerifyStreamRequest request;
  while (joiner_.pending() || AwaitRoom()) {
    deadline_.Await(joiner_.pending());
    if (!stream_.Read(&request)) break;
    HIR_RETURN_IF_ERROR(TakeRequest(request));
  }
  if (joiner_.pending()) {
    return absl::InvalidArgumentError("The stream ended in the middle of a chunked response.");
  }
  return absl::OkStatus();
}

bool VerifyStreamCall::AwaitRoom() {
  const auto has_room = [this]() ABSL_SHARED_LOCKS_REQUIRED(state_mutex_) {
    return failed_ || unanswered_ < dependencies_.max_pending;
  };
  absl::MutexLock lock(&state_mutex_);
  state_mutex_.Await(absl::Condition(&has_room));
  return !failed_;
}

absl::Status VerifyStreamCall::TakeRequest(const VerifyStreamRequest& request) {
  if (request.has_chunk()) {
    HIR_ASSIGN_OR_RETURN(const bool whole, joiner_.Add(request.chunk()));
    if (!whole) return absl::OkStatus();
    HIR_ASSIGN_OR_RETURN(auto held, Hold(joiner_.size()));
    Response response;
    if (!response.ParseFromString(joiner_.Take())) {
      return absl::InvalidArgumentError("The chunks do not make up a hir.common.v1.Response.");
    }
    return TakeResponse(std::move(response), std::move(held));
  }
  if (!request.has_response()) {
    return absl::InvalidArgumentError("A request has neither a response nor a chunk.");
  }
  if (joiner_.pending()) {
    return absl::InvalidArgumentError("A response came between the chunks of another.");
  }
  HIR_ASSIGN_OR_RETURN(auto held, Hold(request.response().ByteSizeLong()));
  return TakeResponse(request.response(), std::move(held));
}

absl::StatusOr<std::shared_ptr<const Quota::Share>> VerifyStreamCall::Hold(size_t bytes) const {
  auto held = std::make_shared<Quota::Share>(dependencies_.unanswered, context_.peer());
  HIR_RETURN_IF_ERROR(
      held->TakeWhenFree(static_cast<int64_t>(bytes), [this] { return context_.IsCancelled(); }));
  return held;
}

absl::Status VerifyStreamCall::TakeResponse(Response response,
                                            std::shared_ptr<const Quota::Share> held) {
  {
    absl::MutexLock lock(&state_mutex_);
    ++unanswered_;
    ++scoring_;
  }
  const common::v1::SampleId id = response.id();
  const absl::StatusOr<std::shared_ptr<Scoring>> scoring = StartScoring(std::move(response));
  if (scoring.ok()) {
    (*scoring)->held = std::move(held);
    Decide(*scoring);
  } else {
    Refuse(id, std::string(scoring.status().message()));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<VerifyStreamCall::Scoring>> VerifyStreamCall::StartScoring(
    Response response) const {
  auto scoring = std::make_shared<Scoring>();
  scoring->start = dependencies_.clock.Now();
  HIR_RETURN_IF_ERROR(CheckResponse(response));
  HIR_ASSIGN_OR_RETURN(scoring->checkers,
                       MakeCheckers(dependencies_.registry, response.instruction().constraints()));
  *scoring->scored.mutable_response() = std::move(response);
  scoring->scored.set_verifier_build(dependencies_.registry.build());
  absl::MutexLock lock(&scoring->mutex);
  scoring->results.resize(scoring->checkers.size());
  scoring->undecided = static_cast<int>(scoring->checkers.size());
  return scoring;
}

void VerifyStreamCall::Decide(const std::shared_ptr<Scoring>& scoring) {
  const ResponseText text = AnswerText(scoring->scored.response());
  std::vector<size_t> own, waiting;
  std::vector<CheckResult> results;
  for (size_t i = 0; i < scoring->checkers.size(); ++i) {
    if (scoring->checkers[i]->waits()) {
      waiting.push_back(i);
    } else {
      own.push_back(i);
      results.push_back(DecideOne(*scoring, i, text));
    }
  }
  for (const size_t i : waiting) {
    dependencies_.waiting.Submit(context_.peer(),
                                 [this, scoring, i] { DecideWaiting(*scoring, i); });
  }
  if (!own.empty() || waiting.empty()) AddResults(*scoring, own, std::move(results));
}

CheckResult VerifyStreamCall::DecideOne(Scoring& scoring, size_t constraint,
                                        const ResponseText& text) {
  // Nobody wants the answer of a cancelled call, and asking costs time or money.
  if (!context_.IsCancelled()) return CheckText(*scoring.checkers[constraint], text);
  absl::MutexLock lock(&scoring.mutex);
  scoring.cancelled = true;
  return Undecidable(kCallCancelled);
}

void VerifyStreamCall::DecideWaiting(Scoring& scoring, size_t constraint) {
  const ResponseText text = AnswerText(scoring.scored.response());
  AddResults(scoring, {constraint}, {DecideOne(scoring, constraint, text)});
}

void VerifyStreamCall::AddResults(Scoring& scoring, absl::Span<const size_t> constraints,
                                  std::vector<CheckResult> results) {
  VerifyStreamResponse message;
  verifier::v1::SampleVerdicts& verdicts = *message.mutable_verdicts();
  *verdicts.mutable_id() = scoring.scored.response().id();
  AppendVerdicts(results, *verdicts.mutable_strict());
  for (const size_t i : constraints) verdicts.add_constraints(static_cast<uint32_t>(i));
  Write(message);
  bool complete = false, cancelled = false;
  {
    absl::MutexLock lock(&scoring.mutex);
    for (size_t i = 0; i < results.size(); ++i) {
      scoring.results[constraints[i]] = std::move(results[i]);
    }
    scoring.undecided -= static_cast<int>(results.size());
    complete = scoring.undecided == 0;
    cancelled = scoring.cancelled;
  }
  if (complete) cancelled ? Abandon() : Complete(scoring);
}

void VerifyStreamCall::Abandon() {
  EndOnFailure(absl::CancelledError(kCallCancelled));
  absl::MutexLock lock(&state_mutex_);
  --scoring_;
}

void VerifyStreamCall::Complete(Scoring& scoring) {
  ScoredResponse& scored = scoring.scored;
  const Constraints& constraints = scored.response().instruction().constraints();
  {
    absl::MutexLock lock(&scoring.mutex);
    CountVerdicts(constraints, scoring.results, dependencies_.metrics);
    AppendVerdicts(scoring.results, *scored.mutable_verdicts());
  }
  const absl::Time end = dependencies_.clock.Now();
  dependencies_.metrics.ObserveRequest("verify_stream", absl::ToDoubleSeconds(end - scoring.start));
  TraceVerdicts(scored, scoring.start, end);
  if (scored.ByteSizeLong() > kMaxMessageBytes) {
    return Refuse(scored.response().id(),
                  absl::StrCat("With its verdicts the response has ", scored.ByteSizeLong(),
                               " bytes; at most 64 MiB are allowed."));
  }
  // An error of Add() was told by on_failed, which ends the stream.
  forwarder_.Add(scored, std::move(scoring.held)).IgnoreError();
  absl::MutexLock lock(&state_mutex_);
  --scoring_;
}

void VerifyStreamCall::Refuse(const common::v1::SampleId& id, std::string why) {
  SampleAck ack;
  *ack.mutable_id() = id;
  ack.set_refused(std::move(why));
  Acknowledge(std::move(ack));
  absl::MutexLock lock(&state_mutex_);
  --scoring_;
}

void VerifyStreamCall::TakeResult(const common::v1::SampleId& id, const InsertResult& result) {
  SampleAck ack;
  *ack.mutable_id() = id;
  ack.set_duplicate(result.outcome() == InsertResult::DUPLICATE);
  if (result.outcome() == InsertResult::INVALID ||
      result.outcome() == InsertResult::OUTCOME_UNSPECIFIED) {
    ack.set_refused(absl::StrCat("Replay refused the response: ", result.error()));
  }
  Acknowledge(std::move(ack));
}

void VerifyStreamCall::Acknowledge(SampleAck ack) {
  VerifyStreamResponse response;
  *response.mutable_ack() = std::move(ack);
  Write(response);
  absl::MutexLock lock(&state_mutex_);
  if (--unanswered_ == 0 && ending_) context_.TryCancel();
}

void VerifyStreamCall::EndWhenAnswered() {
  absl::MutexLock lock(&state_mutex_);
  ending_ = true;
  if (unanswered_ == 0) context_.TryCancel();
}

void VerifyStreamCall::EndOnFailure(const absl::Status& error) {
  // A client that waits for acknowledgements sends nothing that would wake the reading thread.
  if (!context_.IsCancelled()) {
    Log(Severity::kError, "a stream ends: replay will not take its responses",
        {{"peer", context_.peer()}, {"error", error.ToString()}});
  }
  context_.TryCancel();
  absl::MutexLock lock(&state_mutex_);
  failed_ = true;
}

void VerifyStreamCall::Write(const VerifyStreamResponse& response) {
  absl::MutexLock lock(&write_mutex_);
  writes_.Write(stream_, response);
}

}  // namespace hir
