#include "services/verifier/verify_stream.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/checkers/core/score.h"
#include "hir/domain/wire/verdict.h"

namespace hir {
namespace {

using common::v1::Response;
using replay::v1::InsertResult;
using verifier::v1::SampleAck;
using verifier::v1::VerifyStreamRequest;
using verifier::v1::VerifyStreamResponse;

}  // namespace

VerifyStreamCall::VerifyStreamCall(const StreamDependencies& dependencies,
                                   grpc::ServerContext& context, Stream& stream)
    : dependencies_(dependencies),
      context_(context),
      stream_(stream),
      writes_(context),
      window_(dependencies.max_pending),
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
  // Also after an error: threads of the pool may still use this call, and their results are valid.
  {
    const auto all_scored = [this]() ABSL_SHARED_LOCKS_REQUIRED(window_mutex_) {
      return window_.all_scored();
    };
    absl::MutexLock lock(&window_mutex_);
    window_mutex_.Await(absl::Condition(&all_scored));
  }
  const absl::Status forwarded = forwarder_.Finish();
  // If forwarding failed, that error ended the reading.
  return forwarded.ok() ? read : forwarded;
}

absl::Status VerifyStreamCall::ReadAll() {
  VerifyStreamRequest request;
  // A response that has begun is read to its end, since it waited for its room before.
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
  // Unread bytes fill gRPC's window, so a worker that is too fast waits as well.
  const auto has_room = [this]() ABSL_SHARED_LOCKS_REQUIRED(window_mutex_) {
    return window_.has_room();
  };
  absl::MutexLock lock(&window_mutex_);
  window_mutex_.Await(absl::Condition(&has_room));
  return window_.may_read();
}

absl::Status VerifyStreamCall::TakeRequest(VerifyStreamRequest& request) {
  if (request.has_chunk()) {
    HIR_ASSIGN_OR_RETURN(const bool whole, joiner_.Add(std::move(*request.mutable_chunk())));
    if (!whole) return absl::OkStatus();
    HIR_ASSIGN_OR_RETURN(auto held, Hold(joiner_.size()));
    Response response;
    if (!response.ParseFromString(joiner_.Take())) {
      return absl::InvalidArgumentError("The chunks do not make up a hir.common.v1.Response.");
    }
    TakeResponse(std::move(response), std::move(held));
    return absl::OkStatus();
  }
  if (!request.has_response()) {
    return absl::InvalidArgumentError("A request has neither a response nor a chunk.");
  }
  if (joiner_.pending()) {
    return absl::InvalidArgumentError("A response came between the chunks of another.");
  }
  HIR_ASSIGN_OR_RETURN(auto held, Hold(request.response().ByteSizeLong()));
  TakeResponse(std::move(*request.mutable_response()), std::move(held));
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Quota::Share>> VerifyStreamCall::Hold(size_t bytes) const {
  auto held = std::make_shared<Quota::Share>(dependencies_.unanswered, context_.peer());
  HIR_RETURN_IF_ERROR(
      held->TakeWhenFree(static_cast<int64_t>(bytes), [this] { return context_.IsCancelled(); }));
  return held;
}

void VerifyStreamCall::TakeResponse(Response response, std::shared_ptr<const Quota::Share> held) {
  {
    absl::MutexLock lock(&window_mutex_);
    window_.OnTaken();
  }
  const common::v1::SampleId id = response.id();
  const absl::StatusOr<std::shared_ptr<ScoringJob>> job = ScoringJob::Start(
      dependencies_.registry, std::move(response), std::move(held), dependencies_.clock.Now());
  if (job.ok()) return Decide(*job);
  // Only this response is refused: ending the stream would lose the others on it, and an unanswered
  // response would be sent again for ever.
  Refuse(id, std::string(job.status().message()));
  OnScored();
}

void VerifyStreamCall::Decide(const std::shared_ptr<ScoringJob>& job) {
  const std::vector<size_t> own = job->OwnConstraints();
  const std::vector<size_t> waiting = job->WaitingConstraints();
  // In the pool, so that a judge that takes seconds delays only its own response.
  for (const size_t constraint : waiting) {
    dependencies_.waiting.Submit(context_.peer(),
                                 [this, job, constraint] { DecideSome(*job, {constraint}); });
  }
  // A response without constraints is complete with nothing decided.
  if (!own.empty() || waiting.empty()) DecideSome(*job, own);
}

void VerifyStreamCall::DecideSome(ScoringJob& job, const std::vector<size_t>& constraints) {
  const ResponseText text = job.Text();
  std::vector<CheckResult> results;
  for (const size_t constraint : constraints) {
    results.push_back(context_.IsCancelled() ? job.LeaveUndecided() : job.Decide(constraint, text));
  }
  // Written before they are added: adding the last ones may acknowledge the response, after which
  // no verdict of it may follow.
  VerifyStreamResponse message;
  verifier::v1::SampleVerdicts& verdicts = *message.mutable_verdicts();
  *verdicts.mutable_id() = job.id();
  AppendVerdicts(results, *verdicts.mutable_strict());
  for (const size_t constraint : constraints) {
    verdicts.add_constraints(static_cast<uint32_t>(constraint));
  }
  Write(message);
  switch (job.Add(constraints, std::move(results))) {
    case ScoringJob::Progress::kUndecided:
      return;
    case ScoringJob::Progress::kComplete:
      return Complete(job);
    case ScoringJob::Progress::kAbandoned:
      return Abandon();
  }
}

void VerifyStreamCall::Complete(ScoringJob& job) {
  const common::v1::SampleId id = job.id();
  const absl::StatusOr<common::v1::ScoredResponse> scored =
      job.Finish(dependencies_.metrics, dependencies_.clock.Now());
  if (scored.ok()) {
    // Finish() checked the size, and the error that ended forwarding was passed to on_failed, which
    // ends the stream.
    forwarder_.Add(*scored, job.TakeHeld()).IgnoreError();
  } else {
    Refuse(id, std::string(scored.status().message()));
  }
  OnScored();
}

void VerifyStreamCall::Abandon() {
  EndOnFailure(absl::CancelledError(kCallCancelled));
  OnScored();
}

void VerifyStreamCall::OnScored() {
  absl::MutexLock lock(&window_mutex_);
  // After the last one Run() may return and this object be destroyed, so nothing may follow.
  window_.OnScored();
}

void VerifyStreamCall::Refuse(const common::v1::SampleId& id, std::string why) {
  SampleAck ack;
  *ack.mutable_id() = id;
  ack.set_refused(std::move(why));
  Acknowledge(std::move(ack));
}

void VerifyStreamCall::TakeResult(const common::v1::SampleId& id, const InsertResult& result) {
  SampleAck ack;
  *ack.mutable_id() = id;
  // Every outcome is final: replay would answer the same again.
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
  absl::MutexLock lock(&window_mutex_);
  window_.OnAcknowledged();
  if (window_.over()) context_.TryCancel();
}

void VerifyStreamCall::EndWhenAnswered() {
  absl::MutexLock lock(&window_mutex_);
  window_.EndWhenAnswered();
  // Nothing else ends a stream whose client keeps it open and waits.
  if (window_.over()) context_.TryCancel();
}

void VerifyStreamCall::EndOnFailure(const absl::Status& error) {
  // A client that waits for acknowledgements sends nothing that would wake the reading thread.
  if (!context_.IsCancelled()) {
    Log(Severity::kError, "a stream ends: replay will not take its responses",
        {{"peer", context_.peer()}, {"error", error.ToString()}});
  }
  context_.TryCancel();
  absl::MutexLock lock(&window_mutex_);
  window_.OnFailed();
}

void VerifyStreamCall::Write(const VerifyStreamResponse& response) {
  absl::MutexLock lock(&write_mutex_);
  writes_.Write(stream_, response);
}

}  // namespace hir
