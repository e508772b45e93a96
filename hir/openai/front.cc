#include "hir/openai/front.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <random>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "civetweb.h"
#include "grpcpp/client_context.h"
#include "hir/base/status_macros.h"
#include "hir/base/web_server.h"
#include "hir/openai/chat.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/status.h"
#include "hir/trace/trace.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using rollout::v1::GenerateResponse;

constexpr size_t kMaxBodyBytes = size_t{1} << 20;
// Threads of the server, and how many of them completions may take: others must be answered at
// once.
constexpr int kThreads = 72;
constexpr int kMostCompletions = 64;
constexpr absl::Duration kGenerateTimeout = absl::Minutes(30);
constexpr absl::Duration kStatusTimeout = absl::Seconds(5);

// Answers with a whole document. Returns the HTTP status.
int Send(mg_connection* connection, int code, const std::string& body) {
  return SendDocument(connection, code, "application/json", body,
                      code == 429 ? "Retry-After: 1\r\n" : "");
}

absl::Status RequireMethod(mg_connection* connection, const char* method) {
  const char* const given = mg_get_request_info(connection)->request_method;
  if (std::strcmp(given, method) == 0) return absl::OkStatus();
  return absl::UnimplementedError(absl::StrCat("the method is ", method, ", not ", given));
}

absl::StatusOr<std::string> ReadBody(mg_connection* connection) {
  std::string body;
  char piece[16384];
  for (int read; (read = mg_read(connection, piece, sizeof(piece))) > 0;) {
    body.append(piece, static_cast<size_t>(read));
    if (body.size() > kMaxBodyBytes) {
      return absl::OutOfRangeError("the body is larger than 1 MiB");
    }
  }
  return body;
}

// A handler that has `member` answer, and answers with the error that it returns.
template <absl::Status (OpenAiFront::*member)(mg_connection*)>
int Handle(mg_connection* connection, void* front);

// One call of Generate whose answers go out as they come.
absl::Status StreamAnswer(mg_connection* connection, const Completion& completion,
                          grpc::ClientReaderInterface<GenerateResponse>& reader,
                          grpc::ClientContext& call) {
  GenerateResponse response;
  bool begun = false;
  while (reader.Read(&response)) {
    if (!begun) {
      constexpr char kHead[] =
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
          "Connection: close\r\n\r\n";
      mg_write(connection, kHead, sizeof(kHead) - 1);
      begun = true;
    }
    const std::string event = CompletionEvent(completion, response);
    if (mg_write(connection, event.data(), event.size()) <= 0) call.TryCancel();
  }
  const absl::Status status = FromGrpc(reader.Finish());
  if (!begun) return status;
  const std::string last =
      status.ok() ? "data: [DONE]\n\n" : absl::StrCat("data: ", ErrorJson(status), "\n\n");
  mg_write(connection, last.data(), last.size());
  return absl::OkStatus();
}

absl::Status WholeAnswer(mg_connection* connection, const Completion& completion,
                         grpc::ClientReaderInterface<GenerateResponse>& reader) {
  std::vector<GenerateResponse> responses;
  GenerateResponse response;
  while (reader.Read(&response)) responses.push_back(response);
  HIR_RETURN_IF_ERROR(FromGrpc(reader.Finish()));
  std::sort(responses.begin(), responses.end(),
            [](const auto& a, const auto& b) { return a.sample() < b.sample(); });
  Send(connection, 200, CompletionJson(completion, responses));
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
    : model_(std::move(model)), worker_(std::move(worker)), random_seed_(std::random_device()()) {}

OpenAiFront::~OpenAiFront() {
  if (context_ != nullptr) StopWebServer(port_, [this] { mg_stop(context_); });
}

absl::StatusOr<std::unique_ptr<OpenAiFront>> OpenAiFront::Start(
    const std::string& address, const std::string& model,
    std::shared_ptr<rollout::v1::Rollout::StubInterface> worker) {
  std::unique_ptr<OpenAiFront> front(new OpenAiFront(model, std::move(worker)));
  HIR_ASSIGN_OR_RETURN(front->context_, StartWebServer("--http", address, kThreads));
  front->port_ = WebServerPort(front->context_);
  mg_set_request_handler(front->context_, "/v1/chat/completions$", Handle<&OpenAiFront::Complete>,
                         front.get());
  mg_set_request_handler(front->context_, "/v1/models$", Handle<&OpenAiFront::ListModels>,
                         front.get());
  mg_set_request_handler(front->context_, "/health$", Handle<&OpenAiFront::Health>, front.get());
  mg_set_request_handler(
      front->context_, "**",
      [](mg_connection* connection, void*) {
        const absl::Status error = absl::NotFoundError(
            "there is no such path; there are /v1/chat/completions, /v1/models and /health");
        return Send(connection, HttpStatusOf(error), ErrorJson(error));
      },
      nullptr);
  return front;
}

absl::Status OpenAiFront::Complete(mg_connection* connection) {
  HIR_RETURN_IF_ERROR(RequireMethod(connection, "POST"));
  const absl::Cleanup done = [this] { --running_; };
  if (++running_ > kMostCompletions) {
    return absl::ResourceExhaustedError(
        absl::StrCat(kMostCompletions, " completions run already; try again later"));
  }
  HIR_ASSIGN_OR_RETURN(const std::string body, ReadBody(connection));
  const uint64_t number = ++requests_;
  HIR_ASSIGN_OR_RETURN(const ChatRequest chat,
                       ParseChatRequest(body, model_, number, random_seed_));
  const Completion completion = {.id = absl::StrCat("chatcmpl-", number),
                                 .model = model_,
                                 .created = absl::ToUnixSeconds(absl::Now())};
  const char* const traceparent = mg_get_header(connection, kTraceparent);
  const TraceScope trace(ParseTraceparent(traceparent == nullptr ? "" : traceparent));
  grpc::ClientContext context;
  PrepareCall(context, kGenerateTimeout);
  const auto reader = worker_->Generate(&context, chat.generate);
  if (chat.generate.stream_text()) return StreamAnswer(connection, completion, *reader, context);
  return WholeAnswer(connection, completion, *reader);
}

absl::Status OpenAiFront::ListModels(mg_connection* connection) {
  HIR_RETURN_IF_ERROR(RequireMethod(connection, "GET"));
  HIR_ASSIGN_OR_RETURN(const auto status, StatusOf(*worker_));
  const nlohmann::json weights = {{"run", status.serving().run()},
                                  {"version", status.serving().version()}};
  const nlohmann::json model = {
      {"id", model_}, {"object", "model"}, {"owned_by", "hir"}, {"weights", weights}};
  const nlohmann::json list = {{"object", "list"}, {"data", nlohmann::json::array({model})}};
  Send(connection, 200, list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  return absl::OkStatus();
}

absl::Status OpenAiFront::Health(mg_connection* connection) {
  if (stopping_) return absl::UnavailableError("the worker is stopping; ask another one");
  HIR_RETURN_IF_ERROR(StatusOf(*worker_).status());
  Send(connection, 200, R"({"status":"ok"})");
  return absl::OkStatus();
}

namespace {

template <absl::Status (OpenAiFront::*member)(mg_connection*)>
int Handle(mg_connection* connection, void* front) {
  // Nothing may be thrown through the server's C.
  const absl::Status status = [&]() -> absl::Status {
    try {
      return (static_cast<OpenAiFront*>(front)->*member)(connection);
    } catch (const std::exception& error) {
      return absl::InternalError(error.what());
    }
  }();
  return status.ok() ? 200 : Send(connection, HttpStatusOf(status), ErrorJson(status));
}

}  // namespace
}  // namespace hir
