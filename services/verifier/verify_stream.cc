#include "services/verifier/verify_stream.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/constraints/score.h"
#include "hir/rpc/response_check.h"
#include "services/verifier/translation.h"

namespace hir {
namespace {

using common::v1::Response;
using common::v1::ScoredResponse;
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
      forwarder_(
          dependencies.replay, dependencies.clock,
          {.max_pending = dependencies.max_pending,
           .retry = dependencies.retry,
           .make_context = [&context] { return grpc::ClientContext::FromServerContext(context); },
           .should_stop = [&context] { return context.IsCancelled(); },
           .on_result = [this](const auto& id, const auto& result) { TakeResult(id, result); },
           .on_failed = [this](const absl::Status& error) { EndOnFailure(error); }},
          dependencies.metrics.queue_depth) {}

absl::Status VerifyStreamCall::Run() {
  const absl::Status read = ReadAll();
  const absl::Status forwarded = forwarder_.Finish();
  return read.ok() ? forwarded : read;
}

absl::Status VerifyStreamCall::ReadAll() {
  VerifyStreamRequest request;
  while (stream_.Read(&request)) HIR_RETURN_IF_ERROR(TakeRequest(request));
  if (joiner_.pending()) {
    return absl::InvalidArgumentError("The stream ended in the middle of a chunked response.");
  }
  return absl::OkStatus();
}

absl::Status VerifyStreamCall::TakeRequest(const VerifyStreamRequest& request) {
  if (request.has_chunk()) {
    HIR_ASSIGN_OR_RETURN(const bool whole, joiner_.Add(request.chunk()));
    if (!whole) return absl::OkStatus();
    Response response;
    if (!response.ParseFromString(joiner_.Take())) {
      return absl::InvalidArgumentError("The chunks do not make up a hir.common.v1.Response.");
    }
    return TakeResponse(std::move(response));
  }
  if (!request.has_response()) {
    return absl::InvalidArgumentError("A request has neither a response nor a chunk.");
  }
  if (joiner_.pending()) {
    return absl::InvalidArgumentError("A response came between the chunks of another.");
  }
  return TakeResponse(request.response());
}

absl::Status VerifyStreamCall::TakeResponse(Response response) {
  {
    absl::MutexLock lock(&end_mutex_);
    ++unanswered_;
  }
  const common::v1::SampleId id = response.id();
  const absl::Time start = dependencies_.clock.Now();
  const absl::StatusOr<ScoredResponse> scored = ScoreResponse(std::move(response));
  dependencies_.metrics.ObserveRequest("verify_stream",
                                       absl::ToDoubleSeconds(dependencies_.clock.Now() - start));
  if (!scored.ok()) {
    SampleAck ack;
    *ack.mutable_id() = id;
    ack.set_refused(std::string(scored.status().message()));
    Acknowledge(std::move(ack));
    return absl::OkStatus();
  }
  VerifyStreamResponse verdicts;
  *verdicts.mutable_verdicts()->mutable_id() = id;
  *verdicts.mutable_verdicts()->mutable_strict() = scored->verdicts();
  Write(verdicts);
  return forwarder_.Add(*scored);
}

absl::StatusOr<ScoredResponse> VerifyStreamCall::ScoreResponse(Response response) const {
  HIR_RETURN_IF_ERROR(CheckResponse(response));
  const Constraints& constraints = response.instruction().constraints();
  HIR_ASSIGN_OR_RETURN(const Checkers checkers, MakeCheckers(dependencies_.registry, constraints));
  const std::vector<CheckResult> results = ScoreStrictly(checkers, response.text());
  CountVerdicts(constraints, results, dependencies_.metrics);
  ScoredResponse scored;
  *scored.mutable_response() = std::move(response);
  AppendVerdicts(results, *scored.mutable_verdicts());
  scored.set_verifier_build(VerifierBuild());
  if (scored.ByteSizeLong() > kMaxMessageBytes) {
    return absl::InvalidArgumentError(absl::StrCat("With its verdicts the response has ",
                                                   scored.ByteSizeLong(),
                                                   " bytes; at most 64 MiB are allowed."));
  }
  return scored;
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
  absl::MutexLock lock(&end_mutex_);
  if (--unanswered_ == 0 && ending_) context_.TryCancel();
}

void VerifyStreamCall::EndWhenAnswered() {
  absl::MutexLock lock(&end_mutex_);
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
}

void VerifyStreamCall::Write(const VerifyStreamResponse& response) {
  absl::MutexLock lock(&write_mutex_);
  stream_.Write(response);
}

}  // namespace hir
