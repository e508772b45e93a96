#include "services/verifier/verify_stream.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "hir/base/status_macros.h"
#include "hir/constraints/score.h"
#include "services/verifier/translation.h"

namespace hir {
namespace {

using common::v1::Response;
using common::v1::ScoredResponse;
using verifier::v1::VerifyStreamRequest;
using verifier::v1::VerifyStreamResponse;

void CountVerdicts(const Constraints& constraints, const std::vector<CheckResult>& results,
                   VerifierMetrics& metrics) {
  int passes = 0;
  for (int i = 0; i < constraints.size(); ++i) {
    metrics.CountCheck(constraints[i].kind(), OutcomeName(results[i].verdict));
    passes += results[i].verdict == Verdict::kPass;
  }
  if (!results.empty()) metrics.integrity.Observe(double(passes) / double(results.size()));
}

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
           .on_result = [this](const auto& result) { Acknowledge(result); }},
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
  HIR_RETURN_IF_ERROR(ValidateResponse(response));
  const Constraints& constraints = response.instruction().constraints();
  HIR_ASSIGN_OR_RETURN(const Checkers checkers, MakeCheckers(dependencies_.registry, constraints));
  const std::vector<CheckResult> results = ScoreStrictly(checkers, response.text());
  CountVerdicts(constraints, results, dependencies_.metrics);

  VerifyStreamResponse verdicts;
  *verdicts.mutable_verdicts()->mutable_id() = response.id();
  AppendVerdicts(results, *verdicts.mutable_verdicts()->mutable_strict());
  Write(verdicts);

  ScoredResponse scored;
  *scored.mutable_response() = std::move(response);
  *scored.mutable_verdicts() = std::move(*verdicts.mutable_verdicts()->mutable_strict());
  scored.set_verifier_build(VerifierBuild());
  return forwarder_.Add(scored);
}

void VerifyStreamCall::Acknowledge(const replay::v1::InsertResult& result) {
  VerifyStreamResponse response;
  *response.mutable_ack()->mutable_id() = result.id();
  response.mutable_ack()->set_duplicate(result.outcome() == replay::v1::InsertResult::DUPLICATE);
  Write(response);
}

void VerifyStreamCall::Write(const VerifyStreamResponse& response) {
  absl::MutexLock lock(&write_mutex_);
  stream_.Write(response);
}

}  // namespace hir
