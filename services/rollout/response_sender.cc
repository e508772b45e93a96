#include "services/rollout/response_sender.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "hir/base/log.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/chunks.h"
#include "hir/rpc/status.h"

namespace hir {
namespace {

using verifier::v1::VerifyStreamRequest;
using verifier::v1::VerifyStreamResponse;

// One message, or pieces of the serialised response when it is large.
std::vector<VerifyStreamRequest> Messages(const common::v1::Response& response) {
  std::vector<VerifyStreamRequest> messages;
  if (response.ByteSizeLong() <= kMaxChunkBytes) {
    *messages.emplace_back().mutable_response() = response;
    return messages;
  }
  auto chunks = SplitIntoChunks(response.SerializeAsString());
  if (!chunks.ok()) return messages;
  for (common::v1::Chunk& chunk : *chunks)
    *messages.emplace_back().mutable_chunk() = std::move(chunk);
  return messages;
}

}  // namespace

ResponseSender::ResponseSender(verifier::v1::Verifier::StubInterface& verifier,
                               const SenderOptions& options,
                               std::function<void(const common::v1::SampleId&)> acknowledged)
    : verifier_(verifier), options_(options), acknowledged_(std::move(acknowledged)) {}

ResponseSender::~ResponseSender() { Stop(); }

void ResponseSender::Send(common::v1::Response response) {
  const Key key{response.id().task(), response.id().sample()};
  auto kept = std::make_shared<const common::v1::Response>(std::move(response));
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

std::shared_ptr<const common::v1::Response> ResponseSender::Next() {
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(this, &ResponseSender::CanWrite));
  if (broken_ || stopped_) return nullptr;
  const Key key = *unsent_.begin();
  unsent_.erase(unsent_.begin());
  return kept_.at(key);
}

void ResponseSender::ReadAcknowledgements(Stream& stream) {
  VerifyStreamResponse message;
  while (stream.Read(&message)) {
    if (!message.has_ack()) continue;
    const Key key{message.ack().id().task(), message.ack().id().sample()};
    bool known = false;
    {
      absl::MutexLock lock(&mu_);
      known = kept_.erase(key) > 0;
      unsent_.erase(key);
      ++acknowledgements_;
    }
    if (known) acknowledged_(message.ack().id());
  }
  absl::MutexLock lock(&mu_);
  broken_ = true;
}

absl::Status ResponseSender::RunStream() {
  grpc::ClientContext context;
  SetDeadline(context, options_.stream_deadline);
  {
    absl::MutexLock lock(&mu_);
    if (stopped_) return absl::CancelledError("the sender is stopping");
    for (const auto& [key, response] : kept_) unsent_.insert(key);
    broken_ = false;
    context_ = &context;
  }
  std::unique_ptr<Stream> stream = verifier_.VerifyStream(&context);
  std::thread reader([&] { ReadAcknowledgements(*stream); });
  bool writing = true;
  while (writing) {
    const std::shared_ptr<const common::v1::Response> response = Next();
    if (response == nullptr) break;
    for (const VerifyStreamRequest& message : Messages(*response)) {
      writing = writing && stream->Write(message);
    }
  }
  stream->WritesDone();
  reader.join();
  const grpc::Status status = stream->Finish();
  absl::MutexLock lock(&mu_);
  context_ = nullptr;
  return FromGrpc(status);
}

void ResponseSender::Loop() {
  Backoff backoff(options_.retry);
  int64_t seen = 0;
  const auto stopped = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return stopped_; };
  while (true) {
    const absl::Status status = RunStream();
    absl::MutexLock lock(&mu_);
    if (stopped_) return;
    if (acknowledgements_ > seen) backoff.Reset();
    seen = acknowledgements_;
    const absl::Duration wait = backoff.Next();
    Log(Severity::kWarning, "the stream to the verifier ended; it is opened again",
        {{"status", status.ToString()},
         {"unacknowledged", kept_.size()},
         {"wait_seconds", absl::ToDoubleSeconds(wait)}});
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
