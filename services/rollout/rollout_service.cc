#include "services/rollout/rollout_service.h"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "hir/base/status_macros.h"
#include "hir/domain/wire/ids.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/chunks.h"
#include "hir/rpc/status.h"
#include "hir/rpc/stream_limits.h"
#include "hir/tokenizer/awaited_mark.h"
#include "hir/weights/transfer.h"
#include "services/rollout/convert.h"
#include "services/rollout/generate_messages.h"
#include "services/rollout/generation_request.h"
#include "services/rollout/response_watch.h"

namespace hir {
namespace {

using rollout::v1::GenerateRequest;
using rollout::v1::GenerateResponse;
using rollout::v1::Prompt;

// Prompts are held until their last response is out, long after gRPC counted them as read.
constexpr QuotaLimits kPromptBytes = {.in_all = int64_t{4} * kMaxMessageBytes,
                                      .per_caller = kMaxMessageBytes};
// A push holds a whole model in memory until it is swapped in.
constexpr QuotaLimits kPushes = {.in_all = 4, .per_caller = 2};
constexpr absl::Duration kBetweenPieces = absl::Minutes(1);  // Of a push.

// The owner of turns: a connection, or a client of the worker's own HTTP front, which calls within
// the process, where gRPC names no peer.
std::string CallerOf(const grpc::ServerContext& context) {
  if (context.peer() == "unknown") {
    const auto client = context.client_metadata().find(kHttpClient);
    if (client != context.client_metadata().end()) {
      return absl::StrCat("http ", std::string(client->second.data(), client->second.size()));
    }
  }
  return context.peer();
}

absl::StatusOr<GenerationRequest> RequestFor(const Tokenizer& tokenizer,
                                             const std::string& variables,
                                             const GenerateRequest& call, const Prompt& prompt,
                                             const ResponseSettings& settings,
                                             const std::shared_ptr<ResponseEvents>& events) {
  HIR_ASSIGN_OR_RETURN(GenerationRequest request, ReadPrompt(tokenizer, variables, call, prompt));
  request.stop_tokens = settings.stops.tokens;
  // Shared by the engine's callbacks, which may outlive the call that asked: a cancelled request
  // ends at the engine's next step.
  const auto watch = std::make_shared<ResponseWatch>(prompt.key(), tokenizer, settings, events);
  // Inspecting every token costs time on the engine's thread, so only calls that need it do.
  if (watch->wants_tokens()) {
    request.on_token = [watch](uint32_t sample, const ScoredToken& token) {
      return watch->OnToken(sample, token);
    };
  }
  request.on_done = [watch](uint32_t sample, absl::StatusOr<FinishedResponse> response) {
    watch->OnDone(sample, std::move(response));
  };
  return request;
}

// One Generate call: submits its prompts and writes what comes back.
class GenerateCall {
 public:
  GenerateCall(GenerationQueue& queue, const Tokenizer& tokenizer, const ModelConfig& settings,
               RolloutMetrics& metrics, grpc::ServerContext& context,
               grpc::ServerWriter<GenerateResponse>& writer)
      : queue_(queue),
        tokenizer_(tokenizer),
        settings_(settings),
        metrics_(metrics),
        context_(context),
        writer_(writer),
        writes_(context) {}

  absl::Status Run(const GenerateRequest& call) {
    scored_ = call.score().response();
    echoes_ = call.echo_prompt();
    absl::Status status = Submit(call);
    while (status.ok() && left_ > 0) status = WriteNext();
    // The caller gets no more answers, and what is still queued would only delay others.
    if (!status.ok()) {
      for (const uint64_t id : ids_) queue_.Cancel(id);
    }
    return status;
  }

 private:
  struct SubmittedPrompt {
    std::vector<int32_t> tokens;
    std::string text;           // The text as given; empty = none was.
    std::string reasoning_end;  // Of its responses.
  };

  // Checks all prompts, then submits them. After an error of the queue some are submitted, which
  // Run() cancels.
  absl::Status Submit(const GenerateRequest& call) {
    if (call.prompts().empty()) return absl::InvalidArgumentError("the call has no prompts");
    if (call.score().prompt() && !call.echo_prompt()) {
      return absl::InvalidArgumentError("score.prompt is set without echo_prompt");
    }
    ResponseSettings settings{
        .stops = {}, .min_tokens = call.stop().min_tokens(), .streams = call.stream_text()};
    HIR_ASSIGN_OR_RETURN(settings.stops, ReadStops(tokenizer_, call.stop()));
    // All are read before the first is submitted: a call with one bad prompt costs no generation.
    std::vector<GenerationRequest> requests;
    for (const Prompt& prompt : call.prompts()) {
      HIR_ASSIGN_OR_RETURN(
          GenerationRequest request,
          RequestFor(tokenizer_, settings_.chat_template_kwargs, call, prompt, settings, events_));
      const auto [kept, fresh] = prompts_.try_emplace(prompt.key());
      // Answers are told apart by their key, and random numbers are drawn by it.
      if (!fresh) {
        return absl::InvalidArgumentError(
            absl::StrCat("two prompts have key ", prompt.key(), "; give each its own"));
      }
      kept->second = {request.prompt, prompt.text(),
                      AwaitedMark(tokenizer_, request.prompt, settings_.reasoning_end)};
      left_ += prompt.responses();
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
    ResponseEvent event;
    // gRPC does not wake a thread whose caller went away, so that is looked at between events.
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
      CountResponse(*event.response, metrics_);
      message = DoneMessage(tokenizer_, *event.response, event.cut, scored_);
      AddPrompt(event, message);
    } else {
      message = PieceMessage(tokenizer_, event.piece, scored_);
    }
    message.set_key(event.key);
    message.set_sample(event.sample);
    message.set_reasoning_end(prompts_[event.key].reasoning_end);
    return Write(message);
  }

  void AddPrompt(const ResponseEvent& event, GenerateResponse& message) {
    const SubmittedPrompt& prompt = prompts_[event.key];
    message.set_prompt_tokens(static_cast<uint32_t>(prompt.tokens.size()));
    if (echoes_) {
      *message.mutable_prompt() =
          EchoOf(tokenizer_, prompt.tokens, prompt.text, event.response->prompt_scores.get());
    }
  }

  absl::Status Write(const GenerateResponse& message) {
    return writes_.Write(writer_, message) ? absl::OkStatus()
                                           : absl::CancelledError("the caller went away");
  }

  GenerationQueue& queue_;
  const Tokenizer& tokenizer_;
  const ModelConfig& settings_;
  RolloutMetrics& metrics_;
  grpc::ServerContext& context_;
  grpc::ServerWriter<GenerateResponse>& writer_;
  WriteDeadline writes_;
  const std::shared_ptr<ResponseEvents> events_ = std::make_shared<ResponseEvents>();
  std::vector<uint64_t> ids_;
  bool scored_ = false;  // Messages have the scores of their tokens,
  bool echoes_ = false;  // and their prompts.
  uint64_t left_ = 0;
  std::map<uint64_t, SubmittedPrompt> prompts_;  // By key.
};

absl::StatusOr<ReceivedWeights> ReceiveWeights(
    grpc::ServerContext& context, grpc::ServerReader<rollout::v1::UpdateWeightsRequest>& reader,
    uint64_t max_bytes,
    absl::FunctionRef<absl::Status(const rollout::v1::WeightsManifest&)> check) {
  // Few pushes are accepted at once, so a silent one must not keep its place.
  StreamDeadline deadline(context, {.idle = kBetweenPieces});
  WeightsReceiver receiver(max_bytes);
  rollout::v1::UpdateWeightsRequest message;
  while (true) {
    deadline.Await(/*unfinished=*/false);
    if (!reader.Read(&message)) return receiver.Finish();
    // Refused by their manifest, before gigabytes of them are sent.
    if (message.has_manifest()) HIR_RETURN_IF_ERROR(check(message.manifest()));
    HIR_RETURN_IF_ERROR(receiver.Add(message));
  }
}

}  // namespace

RolloutService::RolloutService(Engine& engine, const Tokenizer& tokenizer, RolloutMetrics& metrics,
                               std::string model, std::string run, ReplayClient* replay,
                               const GenerationLimits& limits, ModelConfig settings)
    : engine_(engine),
      tokenizer_(tokenizer),
      metrics_(metrics),
      model_(std::move(model)),
      run_(std::move(run)),
      replay_(replay),
      settings_(std::move(settings)),
      prompt_bytes_("bytes of prompts", kPromptBytes),
      pushes_("pushes of weights", kPushes),
      queue_(engine, limits) {}

grpc::Status RolloutService::Generate(grpc::ServerContext* context, const GenerateRequest* request,
                                      grpc::ServerWriter<GenerateResponse>* writer) {
  // UNAVAILABLE sends the caller to another worker; the calls that run are drained.
  if (stopping_) return ToGrpc(absl::UnavailableError("the worker is draining; ask another one"));
  Quota::Share prompts(prompt_bytes_, CallerOf(*context));
  const absl::Status taken = prompts.Take(static_cast<int64_t>(request->ByteSizeLong()));
  if (!taken.ok()) return ToGrpc(taken);
  GenerateCall call(queue_, tokenizer_, settings_, metrics_, *context, *writer);
  return ToGrpc(call.Run(*request));
}

absl::Status RolloutService::CheckManifest(const rollout::v1::WeightsManifest& manifest) const {
  HIR_RETURN_IF_ERROR(CheckDigestFormat(manifest));
  // Anyone who reaches the port could push weights. A run's weights are served only if its learner
  // has recorded them in the ledger, which requires an incarnation from replay.
  if (replay_ == nullptr) return absl::OkStatus();
  HIR_ASSIGN_OR_RETURN(const replay::v1::GetRunResponse run, replay_->GetRun());
  const WeightsId pushed = FromProto(manifest.weights());
  const WeightsId newest = FromProto(run.weights());
  // Older ones than the newest may arrive late; the engine refuses those that would take it back.
  const bool newer = IsOlder(newest, pushed);
  const bool other = !newer && !IsOlder(pushed, newest) && pushed.digest != newest.digest;
  if (!newer && !other) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the weights of incarnation ", pushed.incarnation, ", version ", pushed.version,
      other ? " have another digest than" : " are newer than", " the newest that run ", run_,
      "'s learner has recorded (", newest.incarnation, ", ", newest.version, ")"));
}

grpc::Status RolloutService::UpdateWeights(
    grpc::ServerContext* context, grpc::ServerReader<rollout::v1::UpdateWeightsRequest>* reader,
    rollout::v1::UpdateWeightsResponse* response) {
  Quota::Share push(pushes_, context->peer());
  if (const absl::Status status = push.Take(1); !status.ok()) return ToGrpc(status);
  const absl::Time begin = absl::Now();
  absl::StatusOr<ReceivedWeights> received = ReceiveWeights(
      *context, *reader, MaxWeightsBytes(engine_.architecture()),
      [this](const rollout::v1::WeightsManifest& manifest) { return CheckManifest(manifest); });
  if (!received.ok()) return ToGrpc(received.status());
  if (!run_.empty() && received->version.run != run_) {
    return ToGrpc(absl::FailedPreconditionError(absl::StrCat(
        "the weights are of run ", received->version.run, "; this worker serves run ", run_)));
  }
  // Blocks until the running responses have ended: the answer says what is served, not what is on
  // its way.
  const size_t bytes = received->weights.bytes.size();
  const absl::StatusOr<WeightsId> serving =
      engine_.SwapWeights(std::move(received->version), std::move(received->weights),
                          absl::FromChrono(context->deadline()));
  if (!serving.ok()) return ToGrpc(serving.status());
  {
    absl::MutexLock lock(&listener_mutex_);
    if (push_listener_) push_listener_();
  }
  *response->mutable_serving() = ToProto(*serving);
  CountWeights(*serving, bytes, absl::Now() - begin, metrics_.weights);
  return grpc::Status::OK;
}

void RolloutService::SetPushListener(std::function<void()> listener) {
  absl::MutexLock lock(&listener_mutex_);
  push_listener_ = std::move(listener);
}

grpc::Status RolloutService::GetStatus(grpc::ServerContext*, const rollout::v1::GetStatusRequest*,
                                       rollout::v1::GetStatusResponse* response) {
  const EngineStatus status = engine_.Status();
  *response->mutable_serving() = ToProto(status.serving);
  response->set_model(model_);
  response->set_running_responses(status.running);
  // What waits for its turn in the queue waits for the engine as much as what the engine queues.
  response->set_waiting_responses(status.waiting + static_cast<uint32_t>(queue_.waiting()));
  response->set_generated_tokens(status.generated_tokens);
  response->set_generating_seconds(absl::ToDoubleSeconds(status.busy));
  return grpc::Status::OK;
}

}  // namespace hir
