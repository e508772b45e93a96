#include "services/verifier/replay_forwarder.h"

#include <memory>
#include <utility>
#include <vector>

#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/rpc/chunks.h"
#include "hir/rpc/status.h"

namespace hir {
namespace {

// Errors that a repetition does not change: replay does not know the run or accepts nothing for it.
bool IsPermanent(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsFailedPrecondition(status);
}

}  // namespace

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
    // The thread may be waiting for an answer, which need not come.
    if (call_ != nullptr) call_->TryCancel();
  }
  thread_.join();
  // The gauge is of all forwarders, and these responses no longer wait anywhere.
  pending_gauge_.Decrement(static_cast<double>(pending_.size()));
}

absl::Status ReplayForwarder::Add(const common::v1::ScoredResponse& response,
                                  std::shared_ptr<const void> held) {
  HIR_ASSIGN_OR_RETURN(std::vector<common::v1::Chunk> chunks,
                       SplitIntoChunks(response.SerializeAsString()));
  auto pending = std::make_shared<const Pending>(
      Pending{response.response().id(), std::move(chunks), std::move(held)});
  absl::MutexLock lock(&mutex_);
  if (ended_) return status_;
  pending_.push_back(std::move(pending));
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
  const absl::Status status = RunUntilClosed();
  bool unseen = false;
  {
    absl::MutexLock lock(&mutex_);
    status_ = status;
    ended_ = true;
    unseen = !status.ok() && !closed_;
  }
  // Without the lock, since the callback may call this forwarder or end its stream.
  if (unseen) options_.on_failed(status);
}

void ReplayForwarder::LogRetry(const absl::Status& error) const {
  absl::MutexLock lock(&mutex_);
  const common::v1::SampleId id = pending_.empty() ? common::v1::SampleId() : pending_.front()->id;
  Log(Severity::kWarning, "replay takes no responses, trying again",
      {{"run", id.run()},
       {"task", id.task()},
       {"sample", id.sample()},
       {"pending", pending_.size()},
       {"error", error.ToString()}});
}

absl::Status ReplayForwarder::RunUntilClosed() {
  const auto should_stop = [this] {
    absl::MutexLock lock(&mutex_);
    return abandoned_ || options_.should_stop();
  };
  while (AwaitWork()) {
    // Retry() returns once a call made progress, so that every outage starts with a short pause.
    const absl::Status status = Retry(
        clock_, options_.retry,
        [this] {
          progressed_ = false;
          const absl::Status call = RunCall();
          if (call.ok() || IsPermanent(call)) return call;
          LogRetry(call);
          return progressed_ ? absl::OkStatus() : absl::UnavailableError(call.message());
        },
        should_stop);
    // Whatever the last call failed with, it was the end of the stream that ended the retries.
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
  // One call for as long as it lasts, as opening one for each round would cost a round trip.
  const auto stream = replay_.Insert(context.get());
  bool whole = true;
  while (whole && AwaitWork()) whole = SendAndAwait(*stream);
  stream->WritesDone();
  const absl::Status ended = FromGrpc(stream->Finish());
  {
    absl::MutexLock lock(&mutex_);
    call_ = nullptr;
  }
  // A call in which everything was answered succeeded, whatever status it ended with.
  if (whole) return absl::OkStatus();
  // Replay also ends streams with OK when it drains; they are retried like others.
  return ended.ok() ? absl::UnavailableError("Replay ended the stream.") : ended;
}

bool ReplayForwarder::SendAndAwait(InsertStream& stream) {
  // Only this thread takes away from the front, so what is sent here is what is answered below.
  std::vector<std::shared_ptr<const Pending>> batch;
  {
    absl::MutexLock lock(&mutex_);
    batch.assign(pending_.begin(), pending_.end());
  }
  // All are sent before the first answer is awaited, so that replay's disk, not the round trip,
  // limits the rate.
  for (const auto& pending : batch) {
    if (!Send(*pending, stream)) break;
  }
  // Also after a failed write: answers that came before the stream broke count, and a stream can't
  // be finished before they are read.
  for (size_t i = 0; i < batch.size(); ++i) {
    InsertResult result;
    if (!stream.Read(&result)) return false;
    TakeResult(result);
  }
  return true;
}

bool ReplayForwarder::Send(const Pending& pending, InsertStream& stream) {
  for (const common::v1::Chunk& chunk : pending.chunks) {
    if (!stream.Write(chunk)) return false;
  }
  return true;
}

void ReplayForwarder::TakeResult(const InsertResult& result) {
  common::v1::SampleId id;
  {
    absl::MutexLock lock(&mutex_);
    // Replay answers in the order of its requests.
    id = pending_.front()->id;
    pending_.pop_front();
  }
  pending_gauge_.Decrement();
  // Tells RunUntilClosed() that replay is reachable, so that the next pause is short again.
  progressed_ = true;
  options_.on_result(id, result);
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
