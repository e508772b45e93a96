#include "hir/vllm/fake_vllm_server.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hir/base/json.h"
#include "hir/base/random.h"
#include "hir/base/status_macros.h"
#include "hir/model_folder/safetensors.h"
#include "hir/testing/patience.h"

namespace hir {
namespace {

using nlohmann::json;

// Any number of `range` values, the same for the same arguments.
uint64_t Hash(const std::string& bytes, uint64_t a, uint64_t b, uint64_t range) {
  return SeedOfName(absl::StrCat(a, " ", b, " ", bytes)) % range;
}

float LogProbability(const std::string& bytes, int32_t token) {
  return -0.01f - static_cast<float>(Hash(bytes, static_cast<uint64_t>(token), 0, 500)) / 100;
}

std::vector<int32_t> Tokens(const json& list) { return list.get<std::vector<int32_t>>(); }

void SendJson(WebReply& reply, const json& body, int code = 200) {
  reply.Send(code, "application/json", body.dump());
}

void SendError(WebReply& reply, int code, const std::string& message) {
  SendJson(reply, {{"error", {{"message", message}, {"code", code}}}}, code);
}

// The `count` likeliest tokens and `token`, which vLLM puts first.
std::vector<std::pair<int32_t, float>> Candidates(FakeVllmModel& model, int32_t token, int count) {
  if (count == 0) return {};
  std::vector<int32_t> all = {0};
  for (int32_t t = 0; t < model.vocabulary(); ++t) all.push_back(t);
  const std::vector<float> scores = model.Score(all);
  std::vector<std::pair<int32_t, float>> candidates;
  for (int32_t t = 0; t < model.vocabulary(); ++t) {
    candidates.emplace_back(t, scores[static_cast<size_t>(t)]);
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  const auto drawn = std::find_if(candidates.begin(), candidates.end(),
                                  [&](const auto& candidate) { return candidate.first == token; });
  const bool is_likely = drawn - candidates.begin() < count;
  std::rotate(candidates.begin(), drawn, drawn + 1);
  candidates.resize(static_cast<size_t>(count) + (is_likely ? 0 : 1));
  return candidates;
}

// As vLLM 0.32.0 does, which guards neither its health nor the functions of development.
bool MayAsk(const WebRequest& request, const std::string& key) {
  const bool guarded =
      absl::StartsWith(request.path, "/v1") || absl::StartsWith(request.path, "/inference");
  const auto shown = request.headers.find("authorization");
  return key.empty() || !guarded ||
         (shown != request.headers.end() && shown->second == absl::StrCat("Bearer ", key));
}

}  // namespace

WeightsProbe HashModel::ProbeOf(const std::string& bytes) {
  WeightsProbe probe = {{3, 1, 4, 1, 5}, {}};
  for (size_t i = 1; i < probe.tokens.size(); ++i) {
    probe.log_probabilities.push_back(LogProbability(bytes, probe.tokens[i]));
  }
  return probe;
}

absl::Status HashModel::Load(const std::string& folder) {
  HIR_ASSIGN_OR_RETURN(const SafetensorsFile file,
                       SafetensorsFile::Open(folder + "/model.safetensors"));
  std::string bytes;
  for (const auto& [name, tensor] : file.tensors()) bytes += tensor.bytes;
  absl::MutexLock lock(&mu_);
  bytes_ = bytes;
  return absl::OkStatus();
}

std::vector<float> HashModel::Score(const std::vector<int32_t>& tokens) {
  absl::MutexLock lock(&mu_);
  std::vector<float> scores;
  for (size_t i = 1; i < tokens.size(); ++i) scores.push_back(LogProbability(bytes_, tokens[i]));
  return scores;
}

void HashModel::Generate(const FakeVllmQuery& query, const Emit& emit) {
  std::string bytes;
  {
    absl::MutexLock lock(&mu_);
    bytes = bytes_;
  }
  std::vector<bool> ended(static_cast<size_t>(query.responses), false);
  for (int position = 0; position < query.max_tokens; ++position) {
    for (int choice = 0; choice < query.responses; ++choice) {
      if (ended[static_cast<size_t>(choice)]) continue;
      auto token = static_cast<int32_t>(Hash(bytes, static_cast<uint64_t>(choice),
                                             static_cast<uint64_t>(position),
                                             static_cast<uint64_t>(vocabulary_)));
      const auto& stops = query.stop_tokens;
      const auto is_stop = [&] {
        return std::find(stops.begin(), stops.end(), token) != stops.end();
      };
      while (position < query.min_tokens && is_stop()) {
        token = static_cast<int32_t>((token + 1) % vocabulary_);
      }
      const bool stop = is_stop();
      const bool last = position + 1 == query.max_tokens;
      ended[static_cast<size_t>(choice)] = stop || last;
      const char* reason = stop ? "stop" : last ? "length" : nullptr;
      if (!emit(choice, token, LogProbability(bytes, token), reason)) return;
    }
  }
}

// Writes the events of one streamed answer.
class FakeVllmServer::Answer {
 public:
  // `logprobs`: how many candidates were asked for.
  Answer(FakeVllmServer& server, const FakeVllmQuery& query, int logprobs, bool completions,
         WebReply& reply)
      : server_(server),
        query_(query),
        logprobs_(logprobs),
        completions_(completions),
        reply_(reply) {
    absl::MutexLock lock(&server.mu_);
    version_ = server.version_;
  }

  // One event; see FakeVllmModel::Emit.
  bool Emit(int choice, int32_t token, float log_probability, const char* reason) {
    const VllmFault fault = server_.fault();
    if (fault == VllmFault::kFewerChoices && choice + 1 == query_.responses) return true;
    if (fault == VllmFault::kMoreChoices) choice += query_.responses;
    if (fault == VllmFault::kForeignToken)
      token += static_cast<int32_t>(server_.model_.vocabulary());
    if (fault == VllmFault::kNotFinite) log_probability = -9999;
    if (fault == VllmFault::kAborted) reason = "abort";
    const int64_t length = ++lengths_[choice];
    json event = Event(choice, token, log_probability, length, reason);
    if (fault == VllmFault::kNoLogprobs) event["choices"][0]["logprobs"] = nullptr;
    if (!reply_.Write(absl::StrCat("data: ", event.dump(), "\n\n"))) return false;
    if (fault == VllmFault::kHang) server_.Hang(reply_);
    if (fault == VllmFault::kStreamError)
      reply_.Write("data: {\"error\": {\"message\": \"dead\"}}\n\n");
    return fault != VllmFault::kCut;
  }

 private:
  json Event(int choice, int32_t token, float log_probability, int64_t length,
             const char* reason) const {
    json entry = {{"index", choice}, {"token_ids", {token}}, {"finish_reason", nullptr}};
    if (reason != nullptr) entry["finish_reason"] = reason;
    if (completions_) {
      json likeliest;
      for (const auto& [other, value] : Others(token)) {
        likeliest[absl::StrCat("token_id:", other)] = value;
      }
      entry["logprobs"] = {{"token_logprobs", {log_probability}}, {"top_logprobs", {likeliest}}};
    } else {
      json content = {{"token_id", token}, {"logprob", log_probability}, {"rank", 1}};
      for (const auto& [other, value] : Others(token)) {
        if (content["top_logprobs"].size() == static_cast<size_t>(logprobs_)) break;
        content["top_logprobs"].push_back({{"token_id", other}, {"logprob", value}});
      }
      entry["logprobs"] = {{"content", json::array({content})}};
      entry["weight_versions"] = nullptr;
      const VllmFault fault = server_.fault();
      if (reason != nullptr && fault != VllmFault::kNoVersion) {
        const std::string name = fault == VllmFault::kOtherVersion ? "9.9" : version_;
        entry["weight_versions"] =
            json::array({{{"version", name}, {"start", 0}, {"end", length}}});
      }
    }
    return {{"choices", json::array({entry})}};
  }

  std::vector<std::pair<int32_t, float>> Others(int32_t token) const {
    if (server_.fault() == VllmFault::kNoCandidates) return {};
    return Candidates(server_.model_, token, logprobs_);
  }

  FakeVllmServer& server_;
  const FakeVllmQuery& query_;
  const int logprobs_;
  const bool completions_;
  WebReply& reply_;
  std::string version_;
  std::map<int, int64_t> lengths_;
};

FakeVllmServer::FakeVllmServer(FakeVllmModel& model, FakeVllmOptions options)
    : model_(model), options_(options) {
  WebServerOptions web = {
      .what = "fake", .address = absl::StrCat("127.0.0.1:", options.port), .threads = 32};
  web.max_body_bytes = size_t{1} << 20;
  server_ = *WebServer::Start(
      web, [this](const WebRequest& request, WebReply& reply) { Handle(request, reply); });
}

FakeVllmServer::~FakeVllmServer() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  server_ = nullptr;
}

std::string FakeVllmServer::url() const {
  return absl::StrCat("http://127.0.0.1:", server_->port());
}

void FakeVllmServer::Break(VllmFault fault) {
  absl::MutexLock lock(&mu_);
  fault_ = fault;
}

void FakeVllmServer::SetVersion(const std::string& version) {
  absl::MutexLock lock(&mu_);
  version_ = version;
}

std::vector<std::string> FakeVllmServer::calls() const {
  absl::MutexLock lock(&mu_);
  return calls_;
}

std::vector<json> FakeVllmServer::queries() const {
  absl::MutexLock lock(&mu_);
  return queries_;
}

bool FakeVllmServer::AwaitHanging(int responses) const {
  const auto hang = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return hanging_ >= responses; };
  absl::MutexLock lock(&mu_);
  return mu_.AwaitWithTimeout(absl::Condition(&hang), kPatience);
}

VllmFault FakeVllmServer::fault() const {
  absl::MutexLock lock(&mu_);
  return fault_;
}

void FakeVllmServer::Handle(const WebRequest& request, WebReply& reply) {
  const VllmFault now = fault();
  if (now == VllmFault::kLoading) return reply.Send(503, "text/plain", "Service Unavailable");
  if (now == VllmFault::kHtml) return reply.Send(200, "text/html", "<html>Welcome</html>");
  if (now == VllmFault::kForbidden) return reply.Send(403, "text/html", "<html>Log in</html>");
  if (now == VllmFault::kError) return reply.Send(500, "text/plain", "Internal Server Error");
  if (!MayAsk(request, options_.key)) return SendJson(reply, {{"error", "Unauthorized"}}, 401);
  const bool completions = request.path == "/v1/completions";
  const bool tokens = request.path == "/inference/v1/generate";
  if (tokens && !options_.scale_out) return SendError(reply, 403, "scale-out is not enabled");
  if (tokens || completions) return Generate(request, completions, reply);
  {
    absl::MutexLock lock(&mu_);
    calls_.push_back(absl::StrCat(request.method, " ", request.path,
                                  request.query.empty() ? "" : "?", request.query));
  }
  if (request.path == "/v1/models") {
    const json model = {{"id", "fake"}, {"object", "model"}, {"max_model_len", options_.context}};
    return SendJson(reply, {{"data", json::array({model})}});
  }
  if (!options_.development) return SendJson(reply, {{"detail", "Not Found"}}, 404);
  Control(request, reply);
}

void FakeVllmServer::Control(const WebRequest& request, WebReply& reply) {
  const json body = ParseJson(request.body).value_or(json::object());
  if (request.path == "/collective_rpc" && body.at("method") == "get_model_inspection") {
    if (options_.structure.empty()) return SendError(reply, 500, "has no such attribute");
    return SendJson(reply, {{"results", {options_.structure}}});
  }
  if (request.path == "/collective_rpc") {
    if (fault() == VllmFault::kReloadFails) return SendError(reply, 500, "out of memory");
    if (fault() != VllmFault::kReloadIgnored) {
      const absl::Status loaded = model_.Load(body.at("kwargs").at("weights_path"));
      if (!loaded.ok()) return SendError(reply, 500, std::string(loaded.message()));
    }
    return SendJson(reply, {{"results", {nullptr}}});
  }
  absl::MutexLock lock(&mu_);
  if (request.path == "/is_paused") return SendJson(reply, {{"is_paused", paused_}});
  if (request.path == "/weight_info") return SendJson(reply, {{"weight_version", version_}});
  if (request.path == "/pause") paused_ = true;
  if (request.path == "/resume") paused_ = false;
  if (request.path == "/update_weight_version") version_ = body.at("new_version");
  SendJson(reply, {{"success", true}});
}

void FakeVllmServer::Generate(const WebRequest& request, bool completions, WebReply& reply) {
  const json body = ParseJson(request.body).value_or(json::object());
  const json& sampling = completions ? body : body.at("sampling_params");
  const FakeVllmQuery query = {
      .prompt = Tokens(body.at(completions ? "prompt" : "token_ids")),
      .responses = sampling.value("n", 1),
      .max_tokens = sampling.at("max_tokens"),
      .min_tokens = sampling.value("min_tokens", 0),
      .stop_tokens = Tokens(sampling.value("stop_token_ids", json::array()))};
  for (const int32_t token : query.stop_tokens) {
    if (token >= model_.vocabulary()) return SendError(reply, 400, "out-of-vocab token ids");
  }
  {
    // As a real one, it holds requests back while it is paused.
    const auto free = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return !paused_ || stopping_; };
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(&free));
  }
  if (sampling.contains("prompt_logprobs")) {
    json scores = json::array({nullptr});
    const std::vector<float> values = model_.Score(query.prompt);
    for (size_t i = 0; i < values.size(); ++i) {
      json position;
      position[absl::StrCat(query.prompt[i + 1])] = {{"logprob", values[i]}};
      const int count = sampling.at("prompt_logprobs");
      for (const auto& [token, value] : Candidates(model_, query.prompt[i + 1], count)) {
        position[absl::StrCat(token)] = {{"logprob", value}};
      }
      scores.push_back(position);
    }
    const json answer = {{"prompt_logprobs", scores}};
    return SendJson(reply, completions ? json{{"choices", json::array({answer})}} : answer);
  }
  if (!body.value("stream", false)) return SendJson(reply, {{"choices", json::array()}});
  if (fault() == VllmFault::kNotAllowed) return SendError(reply, 400, "n is too large");
  Stream(body, query, completions, reply);
}

void FakeVllmServer::Stream(const json& body, const FakeVllmQuery& query, bool completions,
                            WebReply& reply) {
  {
    absl::MutexLock lock(&mu_);
    queries_.push_back(body);
  }
  reply.Begin("text/event-stream");
  if (fault() == VllmFault::kStreamRefuses) {
    reply.Write(R"(data: {"error": {"message": "n is too large", "code": 400}})"
                "\n\n");
    return;
  }
  const json& sampling = completions ? body : body.at("sampling_params");
  Answer answer(*this, query, sampling.value("logprobs", 0), completions, reply);
  bool whole = true;
  model_.Generate(query, [&](int choice, int32_t token, float log_probability, const char* reason) {
    whole = answer.Emit(choice, token, log_probability, reason);
    return whole;
  });
  if (whole) reply.Write("data: [DONE]\n\n");
}

void FakeVllmServer::Hang(WebReply& reply) {
  bool gone = false;
  const auto watch = reply.WhenClientLeaves([&] {
    absl::MutexLock lock(&mu_);
    gone = true;
  });
  const auto over = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return gone || stopping_ || fault_ != VllmFault::kHang;
  };
  absl::MutexLock lock(&mu_);
  ++hanging_;
  mu_.Await(absl::Condition(&over));
  --hanging_;
}

}  // namespace hir
