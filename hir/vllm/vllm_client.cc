#include "hir/vllm/vllm_client.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/vllm/event_stream.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;

// Of scores: 32,768 tokens with their 20 likeliest take less.
constexpr size_t kMaxScoresBytes = size_t{64} << 20;

absl::StatusCode CodeOf(int http) {
  if (IsRefusedRequest(http)) return absl::StatusCode::kInvalidArgument;
  switch (http) {
    case 401:
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
    case 405:
      return absl::StatusCode::kNotFound;
    default:
      return http >= 500 ? absl::StatusCode::kUnavailable : absl::StatusCode::kFailedPrecondition;
  }
}

}  // namespace

absl::Status VllmClient::Named(const std::string& path, const absl::Status& status) const {
  return absl::Status(status.code(),
                      absl::StrCat("vLLM at ", url_, ": ", path, " ", status.message()));
}

absl::Status VllmClient::Refusal(const std::string& path, const HttpResponse& response) const {
  const absl::StatusCode code = CodeOf(response.code);
  const char* advice = "";
  if (code == absl::StatusCode::kPermissionDenied) {
    advice = has_key_ ? "; put the key of the server's --api-key into --engine-api-key-file or "
                        "VLLM_API_KEY, since it refuses the one that it was shown"
                      : "; give the key of the server's --api-key by --engine-api-key-file or "
                        "VLLM_API_KEY";
  }
  return Named(path, absl::Status(code, absl::StrCat("answers with status ", response.code, ": ",
                                                     ReadError(response.body), advice)));
}

absl::StatusOr<std::string> VllmClient::Get(const std::string& path) {
  absl::StatusOr<HttpResponse> response = http_.Get(path, patience_.answer);
  if (!response.ok()) return Named(path, response.status());
  if (response->code != 200) return Refusal(path, *response);
  return std::move(response->body);
}

absl::StatusOr<std::string> VllmClient::Post(const std::string& path, const std::string& json,
                                             absl::Duration timeout) {
  absl::StatusOr<HttpResponse> response = http_.Post(json, timeout, path);
  if (!response.ok()) return Named(path, response.status());
  if (response->code != 200) return Refusal(path, *response);
  return std::move(response->body);
}

bool VllmClient::IsUp() {
  const absl::StatusOr<HttpResponse> response = http_.Get("/health", patience_.answer);
  return response.ok() && response->code != 503;
}

absl::StatusOr<VllmModel> VllmClient::Model() {
  HIR_ASSIGN_OR_RETURN(const std::string body, Get("/v1/models"));
  absl::StatusOr<VllmModel> model = ReadModel(body);
  if (!model.ok()) return Named("/v1/models", model.status());
  return model;
}

absl::StatusOr<bool> VllmClient::IsPaused() {
  HIR_ASSIGN_OR_RETURN(const std::string body, Get("/is_paused"));
  absl::StatusOr<bool> paused = ReadIsPaused(body);
  if (!paused.ok()) return Named("/is_paused", paused.status());
  return paused;
}

absl::Status VllmClient::Pause(absl::Duration timeout) {
  return Post("/pause?mode=wait", "", timeout).status();
}

absl::Status VllmClient::Resume() { return Post("/resume", "", patience_.answer).status(); }

absl::Status VllmClient::ReloadWeights(const std::string& folder, absl::Duration timeout) {
  const json body = {{"method", "reload_weights"}, {"kwargs", {{"weights_path", folder}}}};
  return Post("/collective_rpc", body.dump(), timeout).status();
}

absl::StatusOr<std::string> VllmClient::Inspection() {
  const std::string path = "/collective_rpc";
  HIR_ASSIGN_OR_RETURN(
      const std::string body,
      Post(path, json{{"method", "get_model_inspection"}}.dump(), patience_.answer));
  absl::StatusOr<std::string> text = ReadInspection(body);
  if (!text.ok()) return Named(path, text.status());
  return text;
}

absl::Status VllmClient::ResetPrefixCache() {
  const std::string path = "/reset_prefix_cache";
  HIR_ASSIGN_OR_RETURN(const std::string body, Post(path, "", patience_.answer));
  if (ReadIsReset(body)) return absl::OkStatus();
  return Named(path, absl::UnavailableError("could not drop what the old weights computed"));
}

absl::Status VllmClient::SetVersion(const std::string& name) {
  return Post("/update_weight_version", json{{"new_version", name}}.dump(), patience_.answer)
      .status();
}

absl::StatusOr<std::string> VllmClient::Version() {
  HIR_ASSIGN_OR_RETURN(const std::string body, Get("/weight_info"));
  absl::StatusOr<std::string> version = ReadVersion(body);
  if (!version.ok()) return Named("/weight_info", version.status());
  return version;
}

absl::StatusOr<bool> VllmClient::KnowsToken(VllmApi api, const std::string& model, int64_t token) {
  const absl::Status status =
      Post(PathOf(api), TokenBody(api, model, token), patience_.silence).status();
  if (absl::IsInvalidArgument(status)) return false;
  HIR_RETURN_IF_ERROR(status);
  return true;
}

absl::StatusOr<std::vector<ScoredToken>> VllmClient::Score(
    VllmApi api, const std::string& model, const std::vector<int32_t>& tokens, int top,
    const std::function<bool()>& keep_going) {
  const std::string path = PathOf(api);
  // An answer with the likeliest tokens of a long prompt exceeds what Post() takes.
  std::string body;
  const HttpStream stream = {.on_piece =
                                 [&](std::string_view bytes) {
                                   body.append(bytes);
                                   return body.size() <= kMaxScoresBytes;
                                 },
                             .keep_going = keep_going,
                             .silence = patience_.silence};
  const absl::StatusOr<HttpResponse> response =
      http_.PostStreaming(ScoreBody(api, model, tokens, top), stream, path);
  if (body.size() > kMaxScoresBytes) {
    return Named(path, absl::InvalidArgumentError(
                           absl::StrCat("answers with scores of more than ", kMaxScoresBytes >> 20,
                                        " MiB; ask for fewer of the likeliest tokens")));
  }
  if (!response.ok()) return Named(path, response.status());
  if (response->code != 200) return Refusal(path, *response);
  absl::StatusOr<std::vector<ScoredToken>> scores = ReadScores(api, body, tokens, top);
  if (!scores.ok()) return Named(path, scores.status());
  return scores;
}

absl::Status VllmClient::Generate(
    VllmApi api, const std::string& model, const GenerationRequest& request, int64_t max_tokens,
    absl::FunctionRef<absl::StatusOr<bool>(const VllmPiece&)> on_piece,
    const std::function<bool()>& keep_going) {
  const std::string path = PathOf(api);
  EventStream events;
  absl::Status problem;
  const auto on_event = [&](std::string_view event) -> absl::Status {
    HIR_ASSIGN_OR_RETURN(const std::vector<VllmPiece> pieces, ReadEvent(api, event));
    for (const VllmPiece& piece : pieces) {
      HIR_ASSIGN_OR_RETURN(const bool more, on_piece(piece));
      if (!more) return absl::CancelledError("its caller needs no more");
    }
    return absl::OkStatus();
  };
  const HttpStream stream = {.on_piece =
                                 [&](std::string_view bytes) {
                                   problem = events.Push(bytes, on_event);
                                   return problem.ok();
                                 },
                             .keep_going = keep_going,
                             .silence = patience_.silence};
  const absl::StatusOr<HttpResponse> response =
      http_.PostStreaming(GenerateBody(api, model, request, max_tokens), stream, path);
  if (!problem.ok()) return Named(path, problem);
  if (!response.ok()) return Named(path, response.status());
  if (response->code != 200) return Refusal(path, *response);
  if (!events.done()) return Named(path, absl::UnavailableError("ends its answer before the end"));
  return absl::OkStatus();
}

}  // namespace hir
