#include "services/verifier/replay_forwarder.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/rpc/chunks.h"
#include "hir/rpc/status.h"

namespace hir {

using replay::v1::InsertResult;

ReplayForwarder::ReplayForwarder(replay::v1::Replay::StubInterface& replay, Clock& clock,
                                 ForwarderOptions options, prometheus::Gauge& pending_gauge)
    : replay_(replay),
      clock_(clock),
      options_(std::move(options)),
      pending_gauge_(pending_gauge),
      thread_([this] { Run(); }) {}

ReplayForwarder::~ReplayForwarder() {
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    abandoned_ = true;
    if (call_ != nullptr) call_->TryCancel();
  }
  thread_.join();
  pending_gauge_.Decrement(static_cast<double>(pending_.size()));
}

absl::Status ReplayForwarder::Add(const common::v1::ScoredResponse& response) {
  std::string bytes = response.SerializeAsString();
  const auto has_room = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return ended_ || pending_.size() < options_.max_pending;
  };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&has_room));
  if (ended_) return status_;
  pending_.push_back(std::move(bytes));
  pending_gauge_.Increment();
  return absl::OkStatus();
}

absl::Status ReplayForwarder::Finish() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  mutex_.Await(absl::Condition(&ended_));
  return status_;
}

void ReplayForwarder::Run() {
  absl::Status status = RunUntilClosed();
  absl::MutexLock lock(&mutex_);
  status_ = std::move(status);
  ended_ = true;
}

absl::Status ReplayForwarder::RunUntilClosed() {
  const auto should_stop = [this] {
    absl::MutexLock lock(&mutex_);
    return abandoned_ || options_.should_stop();
  };
  while (AwaitWork()) {
    // Retry() gives every spell of trouble a fresh backoff: it returns once a call made progress.
    const absl::Status status = Retry(
        clock_, options_.retry,
        [this] {
          progressed_ = false;
          const absl::Status call = RunCall();
          if (call.ok() || !IsRetryable(call)) return call;
          Log(Severity::kWarning, "replay can't be reached, trying again",
              {{"error", std::string(call.message())}});
          return progressed_ ? absl::OkStatus() : call;
        },
        should_stop);
    if (should_stop()) return absl::CancelledError("The stream was cancelled.");
    HIR_RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

absl::Status ReplayForwarder::RunCall() {
  const std::unique_ptr<grpc::ClientContext> context = options_.make_context();
  {
    absl::MutexLock lock(&mutex_);
    call_ = context.get();
    if (abandoned_) context->TryCancel();
  }
  const auto stream = replay_.Insert(context.get());
  absl::Status status;
  while (status.ok() && AwaitWork()) status = SendAndAwait(*stream);
  if (!status.ok() && !IsRetryable(status)) context->TryCancel();
  stream->WritesDone();
  const absl::Status ended = FromGrpc(stream->Finish());
  {
    absl::MutexLock lock(&mutex_);
    call_ = nullptr;
  }
  // What a broken stream ended with says more than that it broke.
  return IsRetryable(status) && !ended.ok() ? ended : status;
}

absl::Status ReplayForwarder::SendAndAwait(InsertStream& stream) {
  std::vector<std::string> batch;
  {
    absl::MutexLock lock(&mutex_);
    batch.assign(pending_.begin(), pending_.end());
  }
  for (const std::string& bytes : batch) {
    HIR_ASSIGN_OR_RETURN(const bool sent, Send(bytes, stream));
    if (!sent) break;
  }
  // Also after a failed write: answers that came before the stream broke count, and a stream can't
  // be finished before they are read.
  for (size_t i = 0; i < batch.size(); ++i) {
    InsertResult result;
    if (!stream.Read(&result)) return absl::UnavailableError("Replay ended the stream.");
    HIR_RETURN_IF_ERROR(TakeResult(result));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> ReplayForwarder::Send(const std::string& bytes, InsertStream& stream) {
  HIR_ASSIGN_OR_RETURN(const std::vector<common::v1::Chunk> chunks, SplitIntoChunks(bytes));
  for (const common::v1::Chunk& chunk : chunks) {
    if (!stream.Write(chunk)) return false;
  }
  return true;
}

absl::Status ReplayForwarder::TakeResult(const InsertResult& result) {
  if (result.outcome() == InsertResult::INVALID ||
      result.outcome() == InsertResult::OUTCOME_UNSPECIFIED) {
    return absl::InvalidArgumentError(absl::StrCat("Replay refused task ", result.id().task(),
                                                   " sample ", result.id().sample(), ": ",
                                                   result.error()));
  }
  {
    absl::MutexLock lock(&mutex_);
    pending_.pop_front();
  }
  pending_gauge_.Decrement();
  progressed_ = true;
  options_.on_result(result);
  return absl::OkStatus();
}

bool ReplayForwarder::AwaitWork() {
  const auto ready = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return closed_ || !pending_.empty();
  };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&ready));
  return !pending_.empty() && !abandoned_;
}

}  // namespace hir
