#include "services/rollout/response_sender.h"

#include <utility>

#include "grpcpp/client_context.h"
#include "hir/base/log.h"
#include "hir/base/random.h"
#include "hir/domain/wire/ids.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/chunks.h"
#include "hir/rpc/status.h"

namespace hir {
namespace {

using verifier::v1::VerifyStreamRequest;
using verifier::v1::VerifyStreamResponse;

}  // namespace

ResponseSender::ResponseSender(verifier::v1::Verifier::StubInterface& verifier,
                               const SenderOptions& options, RolloutMetrics& metrics,
                               SampleCallback acknowledged, RefusedCallback refused)
    : verifier_(verifier),
      options_(options),
      metrics_(metrics),
      acknowledged_(std::move(acknowledged)),
      refused_(std::move(refused)) {}

ResponseSender::~ResponseSender() { Stop(); }

void ResponseSender::Send(common::v1::Response response) {
  const SampleId key = FromProto(response.id());
  auto kept = std::make_shared<VerifyStreamRequest>();
  *kept->mutable_response() = std::move(response);
  absl::MutexLock lock(&mu_);
  kept_[key] = std::move(kept);
  unsent_.insert(key);
}

int64_t ResponseSender::unacknowledged() const {
  absl::MutexLock lock(&mu_);
  return static_cast<int64_t>(kept_.size());
}

bool ResponseSender::AwaitEmpty(absl::Duration timeout) const {
  absl::MutexLock lock(&mu_);
  const auto empty = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return kept_.empty(); };
  return mu_.AwaitWithTimeout(absl::Condition(&empty), timeout);
}

bool ResponseSender::CanWrite() const { return broken_ || stopped_ || !unsent_.empty(); }

ResponseSender::Kept ResponseSender::Next() {
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(this, &ResponseSender::CanWrite));
  if (broken_ || stopped_) return nullptr;
  const SampleId key = *unsent_.begin();
  unsent_.erase(unsent_.begin());
  return kept_.at(key);
}

void ResponseSender::ReadAcknowledgements(Stream& stream) {
  VerifyStreamResponse message;
  while (stream.Read(&message)) {
    if (!message.has_ack()) continue;
    const verifier::v1::SampleAck& ack = message.ack();
    if (!ack.refused().empty()) {
      OnRefused(ack.id(), ack.refused());
    } else if (Drop(ack.id()) != nullptr) {
      acknowledged_(ack.id());
    }
  }
  absl::MutexLock lock(&mu_);
  broken_ = true;
}

ResponseSender::Kept ResponseSender::Drop(const common::v1::SampleId& id) {
  const SampleId key = FromProto(id);
  absl::MutexLock lock(&mu_);
  unsent_.erase(key);
  ++answers_;
  auto kept = kept_.extract(key);
  return kept.empty() ? nullptr : std::move(kept.mapped());
}

void ResponseSender::OnRefused(const common::v1::SampleId& id, const std::string& why) {
  const Kept kept = Drop(id);
  if (kept == nullptr) return;
  const common::v1::Response& response = kept->response();
  metrics_.CountError(absl::StatusCodeToString(absl::StatusCode::kInvalidArgument));
  Log(Severity::kError, "a response is refused and dropped",
      {{"run", response.id().run()},
       {"step", response.step()},
       {"task", id.task()},
       {"sample", id.sample()},
       {"error", why}});
  refused_(response.id(), why);
}

bool ResponseSender::Write(const VerifyStreamRequest& request, Stream& stream) {
  if (request.response().ByteSizeLong() <= kMaxChunkBytes) return stream.Write(request);
  // A large one is serialised again for each stream, so that only one form of it is kept.
  auto chunks = SplitIntoChunks(request.response().SerializeAsString());
  if (!chunks.ok()) {
    OnRefused(request.response().id(), std::string(chunks.status().message()));
    return true;
  }
  for (common::v1::Chunk& chunk : *chunks) {
    VerifyStreamRequest piece;
    *piece.mutable_chunk() = std::move(chunk);
    if (!stream.Write(piece)) return false;
  }
  return true;
}

absl::Status ResponseSender::RunStream() {
  grpc::ClientContext context;
  PrepareCall(context, options_.stream_deadline);
  {
    absl::MutexLock lock(&mu_);
    if (stopped_) return absl::CancelledError("the sender is stopping");
    for (const auto& [key, response] : kept_) unsent_.insert(key);
    broken_ = false;
    context_ = &context;
  }
  std::unique_ptr<Stream> stream = verifier_.VerifyStream(&context);
  std::thread reader([&] { ReadAcknowledgements(*stream); });
  while (const Kept request = Next()) {
    if (!Write(*request, *stream)) break;
  }
  stream->WritesDone();
  reader.join();
  const grpc::Status status = stream->Finish();
  absl::MutexLock lock(&mu_);
  context_ = nullptr;
  return FromGrpc(status);
}

void ResponseSender::ReportEnd(const absl::Status& status, absl::Duration wait) const {
  // A stream that reached its maximum age is not an error.
  if (!status.ok() && !absl::IsDeadlineExceeded(status)) {
    metrics_.CountError(absl::StatusCodeToString(status.code()));
  }
  Log(Severity::kWarning, "the stream to the verifier ended; it is opened again",
      {{"run", options_.run},
       {"status", status.ToString()},
       {"unacknowledged", kept_.size()},
       {"wait_seconds", absl::ToDoubleSeconds(wait)}});
}

void ResponseSender::Loop() {
  Backoff backoff(options_.retry, SeedOfName(options_.worker));
  int64_t seen = 0;
  const auto stopped = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return stopped_; };
  while (true) {
    const absl::Status status = RunStream();
    absl::MutexLock lock(&mu_);
    if (stopped_) return;
    if (answers_ > seen) backoff.Reset();
    seen = answers_;
    const absl::Duration wait = backoff.Next();
    ReportEnd(status, wait);
    mu_.AwaitWithTimeout(absl::Condition(&stopped), wait);
    if (stopped_) return;
  }
}

void ResponseSender::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void ResponseSender::Stop() {
  {
    absl::MutexLock lock(&mu_);
    stopped_ = true;
    if (context_ != nullptr) context_->TryCancel();
  }
  if (thread_.joinable()) thread_.join();
}

}  // namespace hir
