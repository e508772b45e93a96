#include "hir/vllm/messages.h"

#include <algorithm>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "hir/base/json.h"
#include "hir/base/status_macros.h"
#include "hir/vllm/likeliest.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;

constexpr size_t kQuotedBytes = 200;  // Of an answer, in a message.

// Escaped, since it goes into messages that must be UTF-8; quotes stay readable.
std::string Quote(std::string_view body) {
  const std::string escaped = absl::StrReplaceAll(
      absl::CHexEscape(std::string(body.substr(0, kQuotedBytes))), {{"\\\"", "'"}, {"\\'", "'"}});
  return absl::StrCat("\"", escaped, body.size() > kQuotedBytes ? "..." : "", "\"");
}

absl::Status Unexpected(const std::string& what, std::string_view body) {
  return absl::FailedPreconditionError(absl::StrCat("answers with ", what, ": ", Quote(body)));
}

absl::StatusOr<json> ReadObject(std::string_view body) {
  json value = ParseJson(body).value_or(json());
  if (!value.is_object()) return Unexpected("something else than a JSON object", body);
  return value;
}

// The member `name`; null where `value` is not an object or lacks it.
const json& Member(const json& value, const char* name) {
  static const json* const kNull = new json();
  if (!value.is_object()) return *kNull;
  const auto found = value.find(name);
  return found == value.end() ? *kNull : *found;
}

// The elements of a list of numbers; nullopt for anything else.
template <typename Number>
std::optional<std::vector<Number>> Numbers(const json& list) {
  if (!list.is_array()) return std::nullopt;
  std::vector<Number> numbers;
  for (const json& value : list) {
    const bool fits = std::is_integral_v<Number> ? value.is_number_integer() : value.is_number();
    if (!fits) return std::nullopt;
    numbers.push_back(value.get<Number>());
  }
  return numbers;
}

// kTokens: {"content": [{"token_id": N, "logprob": X}]}.
std::optional<std::vector<double>> ContentLogprobs(const json& choice, const VllmPiece& piece) {
  const json& content = Member(Member(choice, "logprobs"), "content");
  if (!content.is_array() || content.size() != piece.tokens.size()) return std::nullopt;
  std::vector<double> values;
  for (size_t i = 0; i < content.size(); ++i) {
    const json& logprob = Member(content[i], "logprob");
    if (Member(content[i], "token_id") != json(piece.tokens[i]) || !logprob.is_number()) {
      return std::nullopt;
    }
    values.push_back(logprob.get<double>());
  }
  return values;
}

std::optional<std::vector<double>> Logprobs(VllmApi api, const json& choice,
                                            const VllmPiece& piece) {
  if (piece.tokens.empty()) return std::vector<double>();
  if (api == VllmApi::kTokens) return ContentLogprobs(choice, piece);
  return Numbers<double>(Member(Member(choice, "logprobs"), "token_logprobs"));
}

// What the server says of other tokens in place of those of `piece`; false: it can't be read.
bool ReadPieceCandidates(VllmApi api, const json& choice, VllmPiece& piece) {
  const json& logprobs = Member(choice, "logprobs");
  const json& lists = Member(logprobs, api == VllmApi::kTokens ? "content" : "top_logprobs");
  if (piece.tokens.empty() || lists.is_null()) return true;
  if (!lists.is_array() || lists.size() != piece.tokens.size()) return false;
  for (const json& list : lists) {
    const json& candidates = api == VllmApi::kTokens ? Member(list, "top_logprobs") : list;
    std::optional<std::vector<TokenLogprob>> read = ReadCandidates(candidates);
    if (!read.has_value()) return false;
    piece.candidates.push_back(*std::move(read));
  }
  return true;
}

absl::StatusOr<std::vector<VllmSpan>> ReadSpans(const json& list, std::string_view event) {
  std::vector<VllmSpan> spans;
  if (list.is_null()) return spans;
  if (!list.is_array()) return Unexpected("weight_versions that are not a list", event);
  for (const json& span : list) {
    const json &version = Member(span, "version"), &begin = Member(span, "start"),
               &end = Member(span, "end");
    if (!version.is_string() || !begin.is_number_integer() || !end.is_number_integer()) {
      return Unexpected("a weight version without version, start and end", event);
    }
    spans.push_back({version.get<std::string>(), begin.get<int64_t>(), end.get<int64_t>()});
  }
  return spans;
}

absl::StatusOr<VllmPiece> ReadChoice(VllmApi api, const json& choice, std::string_view event) {
  VllmPiece piece;
  const json& index = Member(choice, "index");
  if (!index.is_number_integer()) return Unexpected("a choice without index", event);
  piece.choice = index.get<int64_t>();
  // Absent where a piece only says how the response ended.
  const json& token_ids = Member(choice, "token_ids");
  if (!token_ids.is_null()) {
    auto tokens = Numbers<int64_t>(token_ids);
    if (!tokens.has_value()) return Unexpected("token_ids that are not numbers", event);
    piece.tokens = *std::move(tokens);
  }
  auto logprobs = Logprobs(api, choice, piece);
  if (!logprobs.has_value() || logprobs->size() != piece.tokens.size()) {
    return Unexpected("a choice that has not one log-probability per token", event);
  }
  piece.log_probabilities = *std::move(logprobs);
  if (!ReadPieceCandidates(api, choice, piece)) {
    return Unexpected("top_logprobs that are not tokens with log-probabilities", event);
  }
  const json& reason = Member(choice, "finish_reason");
  if (reason.is_string()) piece.finish_reason = reason.get<std::string>();
  HIR_ASSIGN_OR_RETURN(piece.spans, ReadSpans(Member(choice, "weight_versions"), event));
  return piece;
}

// What makes the server send each token's `top` likeliest ones: it counts the drawn token among
// them in one interface and not in the other.
int LogprobsOf(VllmApi api, int top) { return api == VllmApi::kTokens && top > 0 ? top + 1 : top; }

// The settings that both interfaces have under one name.
json Sampling(VllmApi api, const GenerationRequest& request, int64_t max_tokens) {
  return {{"n", request.samples.size()},
          {"max_tokens", max_tokens},
          {"min_tokens", std::min<int64_t>(request.settings.min_tokens, max_tokens)},
          {"temperature", request.settings.temperature},
          {"top_p", request.settings.top_p},
          {"top_k", request.settings.top_k},
          // Only these end a response: which tokens of the model do is the run's to say.
          {"stop_token_ids", request.stop_tokens},
          {"ignore_eos", true},
          {"logprobs", LogprobsOf(api, request.settings.top_logprobs)},
          // A model's generation_config.json may set these, and the log-probabilities would not be
          // of what was drawn from.
          {"min_p", 0.0},
          {"repetition_penalty", 1.0},
          {"presence_penalty", 0.0},
          {"frequency_penalty", 0.0}};
}

json Body(VllmApi api, const std::string& model, const std::vector<int32_t>& tokens,
          json sampling) {
  if (api == VllmApi::kTokens) {
    sampling["detokenize"] = false;
    return {{"model", model}, {"token_ids", tokens}, {"sampling_params", std::move(sampling)}};
  }
  sampling["model"] = model;
  sampling["prompt"] = tokens;
  sampling["return_token_ids"] = true;
  sampling["return_tokens_as_token_ids"] = true;
  return sampling;
}

}  // namespace

bool IsRefusedRequest(int http) { return http == 400 || http == 413 || http == 422; }

const char* PathOf(VllmApi api) {
  return api == VllmApi::kTokens ? "/inference/v1/generate" : "/v1/completions";
}

std::string VersionName(const WeightsId& weights) {
  return absl::StrCat(weights.incarnation, ".", weights.version);
}

std::string GenerateBody(VllmApi api, const std::string& model, const GenerationRequest& request,
                         int64_t max_tokens) {
  json body = Body(api, model, request.prompt, Sampling(api, request, max_tokens));
  body["stream"] = true;
  return body.dump();
}

std::string ScoreBody(VllmApi api, const std::string& model, const std::vector<int32_t>& tokens,
                      int top) {
  return Body(api, model, tokens,
              {{"max_tokens", 1}, {"temperature", 0.0}, {"prompt_logprobs", top}})
      .dump();
}

std::string TokenBody(VllmApi api, const std::string& model, int64_t token) {
  return Body(api, model, /*tokens=*/{0},
              {{"max_tokens", 1}, {"stop_token_ids", json::array({token})}})
      .dump();
}

absl::StatusOr<std::vector<VllmPiece>> ReadEvent(VllmApi api, std::string_view event) {
  HIR_ASSIGN_OR_RETURN(const json value, ReadObject(event));
  if (value.contains("error")) {
    const std::string text = absl::StrCat("reports an error: ", ReadError(event));
    const json& code = Member(value["error"], "code");
    // Settings are checked after the stream has begun.
    if (code.is_number_integer() && IsRefusedRequest(code.get<int>())) {
      return absl::InvalidArgumentError(text);
    }
    return absl::UnavailableError(text);
  }
  const json& choices = Member(value, "choices");
  if (!choices.is_array()) return Unexpected("an event without choices", event);
  std::vector<VllmPiece> pieces;
  for (const json& choice : choices) {
    HIR_ASSIGN_OR_RETURN(VllmPiece piece, ReadChoice(api, choice, event));
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

absl::StatusOr<std::vector<ScoredToken>> ReadScores(VllmApi api, std::string_view body,
                                                    const std::vector<int32_t>& tokens, int top) {
  HIR_ASSIGN_OR_RETURN(const json value, ReadObject(body));
  const json::json_pointer of_choice("/choices/0");
  const json& holder =
      api == VllmApi::kCompletions && value.contains(of_choice) ? value[of_choice] : value;
  const json& list = Member(holder, "prompt_logprobs");
  if (!list.is_array() || list.size() != tokens.size()) {
    return Unexpected("no prompt_logprobs for each token", body);
  }
  std::vector<ScoredToken> scores;
  scores.push_back({tokens[0], 0, {}});
  for (size_t i = 1; i < tokens.size(); ++i) {
    const json& logprob = Member(Member(list[i], absl::StrCat(tokens[i]).c_str()), "logprob");
    std::optional<std::vector<TokenLogprob>> candidates = ReadCandidates(list[i]);
    if (!logprob.is_number() || !candidates.has_value()) {
      return Unexpected("no log-probability of a token", body);
    }
    scores.push_back({tokens[i], logprob.get<float>(), Likeliest(*std::move(candidates), top)});
  }
  return scores;
}

absl::StatusOr<VllmModel> ReadModel(std::string_view body) {
  HIR_ASSIGN_OR_RETURN(const json value, ReadObject(body));
  const json::json_pointer first("/data/0");
  if (!value.contains(first) || !Member(value[first], "id").is_string()) {
    return Unexpected("no model", body);
  }
  const json& model = value[first];
  const json& context = Member(model, "max_model_len");
  return VllmModel{model["id"].get<std::string>(),
                   context.is_number_integer() ? context.get<int64_t>() : 0};
}

absl::StatusOr<bool> ReadIsPaused(std::string_view body) {
  HIR_ASSIGN_OR_RETURN(const json value, ReadObject(body));
  const json& paused = Member(value, "is_paused");
  if (!paused.is_boolean()) return Unexpected("no is_paused", body);
  return paused.get<bool>();
}

absl::StatusOr<std::string> ReadVersion(std::string_view body) {
  HIR_ASSIGN_OR_RETURN(const json value, ReadObject(body));
  const json& version = Member(value, "weight_version");
  if (!version.is_string()) return Unexpected("no weight_version", body);
  return version.get<std::string>();
}

absl::StatusOr<std::string> ReadInspection(std::string_view body) {
  HIR_ASSIGN_OR_RETURN(const json value, ReadObject(body));
  const json& results = Member(value, "results");
  if (!results.is_array()) return Unexpected("no results", body);
  std::string text;
  for (const json& result : results) {
    if (!result.is_string()) return Unexpected("a result that is not a text", body);
    absl::StrAppend(&text, result.get<std::string>(), "\n");
  }
  return text;
}

bool ReadIsReset(std::string_view body) {
  const json answer = ParseJson(body).value_or(json());
  return Member(answer, "success") != json(false);
}

std::string ReadError(std::string_view body) {
  const json value = ParseJson(body).value_or(json());
  const json& error = Member(value, "error");
  const json& message = error.is_string() ? error : Member(error, "message");
  return Quote(message.is_string() ? message.get<std::string>() : std::string(body));
}

}  // namespace hir
