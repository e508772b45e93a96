#include "services/rollout/rollout_service.h"

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "hir/base/status_macros.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/chunks.h"
#include "hir/rpc/status.h"
#include "hir/rpc/stream_limits.h"
#include "hir/tokenizer/text_stream.h"
#include "hir/weights/transfer.h"
#include "services/rollout/convert.h"

namespace hir {
namespace {

using rollout::v1::GenerateRequest;
using rollout::v1::GenerateResponse;
using rollout::v1::Prompt;

constexpr int kMaxResponsesPerPrompt = 4096;
constexpr QuotaLimits kPromptBytes = {.in_all = int64_t{4} * kMaxMessageBytes,
                                      .per_caller = kMaxMessageBytes};
// A push holds a whole model until it is swapped in.
constexpr QuotaLimits kPushes = {.in_all = 4, .per_caller = 2};
constexpr absl::Duration kBetweenPieces = absl::Minutes(1);  // Of a push.

// Who has turns of its own: a connection, or a client of our own HTTP front.
std::string CallerOf(const grpc::ServerContext& context) {
  if (context.peer().starts_with("inproc")) {
    const auto client = context.client_metadata().find(kHttpClient);
    if (client != context.client_metadata().end()) {
      return absl::StrCat("http ", std::string(client->second.data(), client->second.size()));
    }
  }
  return context.peer();
}

absl::StatusOr<std::vector<int32_t>> PromptTokens(const Tokenizer& tokenizer,
                                                  const Prompt& prompt) {
  const bool has_tokens = prompt.token_ids_size() > 0;
  if (has_tokens == (prompt.messages_size() > 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("prompt ", prompt.key(), " needs either messages or token_ids"));
  }
  if (has_tokens) return std::vector<int32_t>(prompt.token_ids().begin(), prompt.token_ids().end());
  std::vector<ChatMessage> messages;
  for (const auto& message : prompt.messages()) {
    messages.push_back({message.role(), message.content()});
  }
  HIR_ASSIGN_OR_RETURN(const std::string text, tokenizer.RenderChat(messages));
  return tokenizer.Encode(text);
}

// What the engine's thread tells one Generate call.
struct Event {
  uint64_t key;
  uint32_t sample;
  int32_t token = -1;  // Of an unfinished response, when `done` is not set.
  bool done = false;
  absl::StatusOr<FinishedResponse> response = FinishedResponse{};
};

// Events on their way from the engine's thread to the call's. Shared by both, so that the engine
// may still report after the call ended.
class EventQueue {
 public:
  void Push(Event event) {
    absl::MutexLock lock(&mu_);
    events_.push_back(std::move(event));
  }
  // False when none came within `timeout`.
  bool Pop(absl::Duration timeout, Event& event) {
    absl::MutexLock lock(&mu_);
    const auto any = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return !events_.empty(); };
    if (!mu_.AwaitWithTimeout(absl::Condition(&any), timeout)) return false;
    event = std::move(events_.front());
    events_.pop_front();
    return true;
  }

 private:
  absl::Mutex mu_;
  std::deque<Event> events_ ABSL_GUARDED_BY(mu_);
};

absl::StatusOr<GenerationRequest> RequestFor(const Tokenizer& tokenizer,
                                             const GenerateRequest& call, const Prompt& prompt,
                                             const std::shared_ptr<EventQueue>& events) {
  if (prompt.responses() < 1 || prompt.responses() > kMaxResponsesPerPrompt) {
    return absl::InvalidArgumentError(absl::StrCat("prompt ", prompt.key(), " asks for ",
                                                   prompt.responses(), " responses; 1 to ",
                                                   kMaxResponsesPerPrompt, " are possible"));
  }
  GenerationRequest request;
  request.key = prompt.key();
  HIR_ASSIGN_OR_RETURN(request.prompt, PromptTokens(tokenizer, prompt));
  for (uint32_t sample = 0; sample < prompt.responses(); ++sample)
    request.samples.push_back(sample);
  request.settings = FromProto(call.sampling());
  request.stop_tokens = tokenizer.stop_token_ids();
  const uint64_t key = prompt.key();
  if (call.stream_text()) {
    request.on_token = [events, key](uint32_t sample, int32_t token) {
      events->Push({.key = key, .sample = sample, .token = token});
    };
  }
  request.on_done = [events, key](uint32_t sample, absl::StatusOr<FinishedResponse> response) {
    events->Push({.key = key, .sample = sample, .done = true, .response = std::move(response)});
  };
  return request;
}

GenerateResponse DoneMessage(const Tokenizer& tokenizer, const FinishedResponse& response) {
  GenerateResponse message;
  message.set_key(response.key);
  message.set_sample(response.sample);
  message.set_done(true);
  message.set_text(tokenizer.Decode(response.tokens));
  message.mutable_token_ids()->Add(response.tokens.begin(), response.tokens.end());
  message.mutable_logprobs()->Add(response.log_probabilities.begin(),
                                  response.log_probabilities.end());
  message.set_entropy_mean_nats(response.entropy_mean);
  message.set_finish_reason(FinishReasonOf(response));
  for (const ResponseSpan& span : response.spans) *message.add_versions() = ToProto(span);
  return message;
}

// One Generate call: submits its prompts and writes what comes back.
class GenerateCall {
 public:
  GenerateCall(GenerationQueue& queue, const Tokenizer& tokenizer, RolloutMetrics& metrics,
               grpc::ServerContext& context, grpc::ServerWriter<GenerateResponse>& writer)
      : queue_(queue),
        tokenizer_(tokenizer),
        metrics_(metrics),
        context_(context),
        writer_(writer) {}

  absl::Status Run(const GenerateRequest& call) {
    absl::Status status = Submit(call);
    while (status.ok() && left_ > 0) status = WriteNext();
    if (!status.ok()) {
      for (const uint64_t id : ids_) queue_.Cancel(id);
    }
    return status;
  }

 private:
  // Checks all prompts, then submits them. After an error of the queue some are submitted, which
  // Run() cancels.
  absl::Status Submit(const GenerateRequest& call) {
    if (call.prompts().empty()) return absl::InvalidArgumentError("the call has no prompts");
    std::vector<GenerationRequest> requests;
    std::set<uint64_t> keys;
    for (const Prompt& prompt : call.prompts()) {
      if (!keys.insert(prompt.key()).second) {
        return absl::InvalidArgumentError(
            absl::StrCat("two prompts have key ", prompt.key(), "; give each its own"));
      }
      HIR_ASSIGN_OR_RETURN(GenerationRequest request,
                           RequestFor(tokenizer_, call, prompt, events_));
      left_ += prompt.responses();
      prompt_tokens_[prompt.key()] = static_cast<uint32_t>(request.prompt.size());
      requests.push_back(std::move(request));
    }
    for (GenerationRequest& request : requests) {
      HIR_ASSIGN_OR_RETURN(const uint64_t id,
                           queue_.Submit(CallerOf(context_), std::move(request)));
      ids_.push_back(id);
    }
    return absl::OkStatus();
  }

  absl::Status WriteNext() {
    Event event;
    if (!events_->Pop(absl::Milliseconds(200), event)) {
      if (context_.IsCancelled()) return absl::CancelledError("the caller went away");
      return absl::OkStatus();
    }
    GenerateResponse message;
    if (event.done) {
      // Only a stopping worker or a broken model ends a response this way.
      if (absl::IsCancelled(event.response.status())) {
        return absl::UnavailableError("the worker is stopping; ask another one");
      }
      HIR_RETURN_IF_ERROR(event.response.status());
      --left_;
      HIR_RETURN_IF_ERROR(WriteHeldBack(event));
      CountResponse(*event.response, metrics_);
      message = DoneMessage(tokenizer_, *event.response);
      message.set_prompt_tokens(prompt_tokens_[event.key]);
    } else {
      const auto [stream, fresh] =
          streams_.try_emplace({event.key, event.sample}, tokenizer_, /*skip_special_tokens=*/true);
      message.set_key(event.key);
      message.set_sample(event.sample);
      message.set_delta(stream->second.Push(event.token));
      if (message.delta().empty()) return absl::OkStatus();
    }
    return Write(message);
  }

  // The end of a streamed text that a later token might have completed.
  absl::Status WriteHeldBack(const Event& event) {
    const auto stream = streams_.find({event.key, event.sample});
    if (stream == streams_.end()) return absl::OkStatus();
    GenerateResponse message;
    message.set_key(event.key);
    message.set_sample(event.sample);
    message.set_delta(stream->second.Finish());
    return message.delta().empty() ? absl::OkStatus() : Write(message);
  }

  absl::Status Write(const GenerateResponse& message) {
    return writer_.Write(message) ? absl::OkStatus() : absl::CancelledError("the caller went away");
  }

  GenerationQueue& queue_;
  const Tokenizer& tokenizer_;
  RolloutMetrics& metrics_;
  grpc::ServerContext& context_;
  grpc::ServerWriter<GenerateResponse>& writer_;
  const std::shared_ptr<EventQueue> events_ = std::make_shared<EventQueue>();
  std::vector<uint64_t> ids_;
  uint64_t left_ = 0;
  std::map<uint64_t, uint32_t> prompt_tokens_;  // By key.
  std::map<std::pair<uint64_t, uint32_t>, TextStream> streams_;
};

absl::StatusOr<ReceivedWeights> ReceiveWeights(
    grpc::ServerContext& context, grpc::ServerReader<rollout::v1::UpdateWeightsRequest>& reader,
    uint64_t max_bytes) {
  StreamDeadline deadline(context, {.idle = kBetweenPieces});
  WeightsReceiver receiver(max_bytes);
  rollout::v1::UpdateWeightsRequest message;
  while (true) {
    deadline.Await(/*unfinished=*/false);
    if (!reader.Read(&message)) return receiver.Finish();
    HIR_RETURN_IF_ERROR(receiver.Add(message));
  }
}

}  // namespace

RolloutService::RolloutService(Engine& engine, const Tokenizer& tokenizer, RolloutMetrics& metrics,
                               std::string model, std::string run, const GenerationLimits& limits)
    : engine_(engine),
      tokenizer_(tokenizer),
      metrics_(metrics),
      model_(std::move(model)),
      run_(std::move(run)),
      prompt_bytes_("bytes of prompts", kPromptBytes),
      pushes_("pushes of weights", kPushes),
      queue_(engine, limits) {}

grpc::Status RolloutService::Generate(grpc::ServerContext* context, const GenerateRequest* request,
                                      grpc::ServerWriter<GenerateResponse>* writer) {
  if (stopping_) return ToGrpc(absl::UnavailableError("the worker is draining; ask another one"));
  Quota::Share prompts(prompt_bytes_, CallerOf(*context));
  const absl::Status taken = prompts.Take(static_cast<int64_t>(request->ByteSizeLong()));
  if (!taken.ok()) return ToGrpc(taken);
  GenerateCall call(queue_, tokenizer_, metrics_, *context, *writer);
  return ToGrpc(call.Run(*request));
}

grpc::Status RolloutService::UpdateWeights(
    grpc::ServerContext* context, grpc::ServerReader<rollout::v1::UpdateWeightsRequest>* reader,
    rollout::v1::UpdateWeightsResponse* response) {
  Quota::Share push(pushes_, context->peer());
  if (const absl::Status status = push.Take(1); !status.ok()) return ToGrpc(status);
  const absl::Time begin = absl::Now();
  absl::StatusOr<ReceivedWeights> received =
      ReceiveWeights(*context, *reader, MaxWeightsBytes(engine_.architecture()));
  if (!received.ok()) return ToGrpc(received.status());
  if (!run_.empty() && received->version.run != run_) {
    return ToGrpc(absl::FailedPreconditionError(absl::StrCat(
        "the weights are of run ", received->version.run, "; this worker serves run ", run_)));
  }
  const size_t bytes = received->weights.bytes.size();
  const absl::StatusOr<WeightsVersion> serving =
      engine_.SwapWeights(std::move(received->version), std::move(received->weights),
                          absl::FromChrono(context->deadline()));
  if (!serving.ok()) return ToGrpc(serving.status());
  *response->mutable_serving() = ToProto(*serving);
  CountWeights(*serving, bytes, absl::Now() - begin, metrics_.weights);
  return grpc::Status::OK;
}

grpc::Status RolloutService::GetStatus(grpc::ServerContext*, const rollout::v1::GetStatusRequest*,
                                       rollout::v1::GetStatusResponse* response) {
  const EngineStatus status = engine_.Status();
  *response->mutable_serving() = ToProto(status.serving);
  response->set_model(model_);
  response->set_running_responses(status.running);
  response->set_waiting_responses(status.waiting + static_cast<uint32_t>(queue_.waiting()));
  response->set_generated_tokens(status.generated_tokens);
  response->set_generating_seconds(absl::ToDoubleSeconds(status.busy));
  return grpc::Status::OK;
}

}  // namespace hir
