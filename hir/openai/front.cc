#include "hir/openai/front.h"

#include <random>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/client_context.h"
#include "hir/base/status_macros.h"
#include "hir/openai/answer.h"
#include "hir/openai/chat.h"
#include "hir/openai/completions.h"
#include "hir/openai/error.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/status.h"
#include "hir/trace/trace.h"

namespace hir {
namespace {

using nlohmann::json;
using rollout::v1::GenerateResponse;

constexpr size_t kMaxBodyBytes = size_t{1} << 20;
// Concurrent handlers, and how many of them may run completions; the rest answer other requests at
// once.
constexpr int kThreads = 72;
constexpr int kMostCompletions = 64;
constexpr std::string_view kModelPath = "/v1/models/";
constexpr absl::Duration kGenerateTimeout = absl::Minutes(30);
constexpr absl::Duration kStatusTimeout = absl::Seconds(5);

void SendJson(WebReply& reply, int code, std::string body) {
  reply.Send(code, "application/json", std::move(body), code == 429 ? "Retry-After: 1\r\n" : "");
}

absl::Status RequireMethod(const WebRequest& request, const char* method) {
  if (request.method == method) return absl::OkStatus();
  return absl::UnimplementedError(absl::StrCat("use ", method, ", not ", request.method));
}

// Makes one call of Generate and sends its answers as they arrive.
absl::Status StreamAnswer(WebReply& reply, CompletionAnswer& answer,
                          grpc::ClientReaderInterface<GenerateResponse>& reader,
                          grpc::ClientContext& call) {
  GenerateResponse response;
  bool begun = false;
  while (reader.Read(&response)) {
    if (!begun) reply.Begin("text/event-stream", "Cache-Control: no-cache\r\n");
    begun = true;
    if (!reply.Write(answer.Event(response))) call.TryCancel();
  }
  const absl::Status status = FromGrpc(reader.Finish());
  if (!begun) return status;
  reply.Write(status.ok() ? answer.LastEvents()
                          : absl::StrCat("data: ", ErrorJson(status), "\n\n"));
  return absl::OkStatus();
}

absl::Status WholeAnswer(WebReply& reply, CompletionAnswer& answer,
                         grpc::ClientReaderInterface<GenerateResponse>& reader) {
  std::vector<GenerateResponse> responses;
  GenerateResponse response;
  while (reader.Read(&response)) responses.push_back(response);
  HIR_RETURN_IF_ERROR(FromGrpc(reader.Finish()));
  SendJson(reply, 200, answer.Whole(std::move(responses)));
  return absl::OkStatus();
}

absl::StatusOr<rollout::v1::GetStatusResponse> StatusOf(
    rollout::v1::Rollout::StubInterface& worker) {
  grpc::ClientContext context;
  PrepareCall(context, kStatusTimeout);
  rollout::v1::GetStatusResponse status;
  HIR_RETURN_IF_ERROR(FromGrpc(worker.GetStatus(&context, {}, &status)));
  return status;
}

}  // namespace

OpenAiFront::OpenAiFront(std::string model,
                         std::shared_ptr<rollout::v1::Rollout::StubInterface> worker)
    : model_(std::move(model)),
      worker_(std::move(worker)),
      random_seed_(std::random_device()()),
      started_(absl::Now()) {}

absl::StatusOr<std::unique_ptr<OpenAiFront>> OpenAiFront::Start(
    const std::string& address, const std::string& model,
    std::shared_ptr<rollout::v1::Rollout::StubInterface> worker) {
  std::unique_ptr<OpenAiFront> front(new OpenAiFront(model, std::move(worker)));
  HIR_ASSIGN_OR_RETURN(
      front->server_,
      WebServer::Start({.what = "--http",
                        .address = address,
                        .threads = kThreads,
                        .max_body_bytes = kMaxBodyBytes},
                       [front = front.get()](const WebRequest& request, WebReply& reply) {
                         const absl::Status status = front->Answer(request, reply);
                         if (!status.ok()) SendJson(reply, HttpStatusOf(status), ErrorJson(status));
                       }));
  return front;
}

absl::Status OpenAiFront::Answer(const WebRequest& request, WebReply& reply) {
  if (request.path == "/v1/chat/completions") {
    HIR_RETURN_IF_ERROR(RequireMethod(request, "POST"));
    return Complete(request, reply, ParseChatRequest);
  }
  if (request.path == "/v1/completions") {
    HIR_RETURN_IF_ERROR(RequireMethod(request, "POST"));
    return Complete(request, reply, ParseCompletionsRequest);
  }
  if (request.path == "/v1/models") {
    HIR_RETURN_IF_ERROR(RequireMethod(request, "GET"));
    return ListModels(reply);
  }
  if (request.path.starts_with(kModelPath)) {
    HIR_RETURN_IF_ERROR(RequireMethod(request, "GET"));
    return ShowModel(request.path.substr(kModelPath.size()), reply);
  }
  if (request.path == "/health") return Health(reply);
  return absl::NotFoundError(
      "there is no such path; the paths are /v1/chat/completions, /v1/completions, /v1/models and "
      "/health");
}

absl::Status OpenAiFront::Complete(const WebRequest& request, WebReply& reply, Parser parse) {
  const absl::Cleanup done = [this] { --running_; };
  if (++running_ > kMostCompletions) {
    return absl::ResourceExhaustedError(
        absl::StrCat(kMostCompletions, " completions are already running; try again later"));
  }
  const uint64_t number = ++requests_;
  HIR_ASSIGN_OR_RETURN(const CompletionRequest asked,
                       parse(request.body, {.model = model_, .seed = random_seed_ + number}));
  CompletionAnswer answer(
      asked, {.number = number, .model = model_, .created = absl::ToUnixSeconds(absl::Now())});
  const auto traceparent = request.headers.find(kTraceparent);
  const TraceScope trace(
      ParseTraceparent(traceparent == request.headers.end() ? "" : traceparent->second));
  grpc::ClientContext context;
  PrepareCall(context, kGenerateTimeout);
  context.AddMetadata(kHttpClient, request.client);
  const auto watch = reply.WhenClientLeaves([&context] { context.TryCancel(); });
  const auto reader = worker_->Generate(&context, asked.generate);
  if (asked.generate.stream_text()) return StreamAnswer(reply, answer, *reader, context);
  return WholeAnswer(reply, answer, *reader);
}

absl::StatusOr<json> OpenAiFront::ModelObject() {
  HIR_ASSIGN_OR_RETURN(const auto status, StatusOf(*worker_));
  const json weights = {{"run", status.serving().run()}, {"version", status.serving().version()}};
  return json{{"id", model_},
              {"object", "model"},
              {"created", absl::ToUnixSeconds(started_)},
              {"owned_by", "hir"},
              {"weights", weights}};
}

absl::Status OpenAiFront::ListModels(WebReply& reply) {
  HIR_ASSIGN_OR_RETURN(const json model, ModelObject());
  const json list = {{"object", "list"}, {"data", json::array({model})}};
  SendJson(reply, 200, list.dump(-1, ' ', false, json::error_handler_t::replace));
  return absl::OkStatus();
}

absl::Status OpenAiFront::ShowModel(const std::string& name, WebReply& reply) {
  if (name != model_) return OtherModelError(name, model_);
  HIR_ASSIGN_OR_RETURN(const json model, ModelObject());
  SendJson(reply, 200, model.dump(-1, ' ', false, json::error_handler_t::replace));
  return absl::OkStatus();
}

absl::Status OpenAiFront::Health(WebReply& reply) {
  if (stopping_) return absl::UnavailableError("the worker is stopping; ask another one");
  HIR_RETURN_IF_ERROR(StatusOf(*worker_).status());
  SendJson(reply, 200, R"({"status":"ok"})");
  return absl::OkStatus();
}

}  // namespace hir
