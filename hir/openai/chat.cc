#include "hir/openai/chat.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;
using rollout::v1::GenerateRequest;
using rollout::v1::GenerateResponse;

constexpr int kDefaultTokens = 1024;
constexpr int kMostTokens = 1 << 20;
constexpr int kMostChoices = 128;

absl::Status Wrong(std::string_view field, const json& value, std::string_view wanted) {
  const std::string shown =
      value.is_structured() ? value.type_name() : value.dump().substr(0, 100);
  return absl::InvalidArgumentError(absl::StrCat(std::string(field), " is ", shown, "; it must be ",
                                                 std::string(wanted)));
}

// The member `name`, null when there is none.
const json& Member(const json& object, const char* name) {
  static const json none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

// The whole number `name` in [least, most], or `otherwise` when it is not given.
absl::StatusOr<int64_t> IntegerOr(const json& object, const char* name, int64_t otherwise,
                                  int64_t least, int64_t most) {
  const json& value = Member(object, name);
  if (value.is_null()) return otherwise;
  if (!value.is_number_integer() || value < least || value > most) {
    return Wrong(name, value, absl::StrCat("a whole number from ", least, " to ", most));
  }
  return value.get<int64_t>();
}

absl::StatusOr<double> NumberOr(const json& object, const char* name, double otherwise,
                                double least, double most) {
  const json& value = Member(object, name);
  if (value.is_null()) return otherwise;
  if (!value.is_number() || !(value.get<double>() >= least && value.get<double>() <= most)) {
    return Wrong(name, value, absl::StrCat("a number from ", least, " to ", most));
  }
  return value.get<double>();
}

// A text, or the texts of a list of parts.
absl::StatusOr<std::string> ContentOf(const json& content) {
  if (content.is_string()) return content.get<std::string>();
  if (!content.is_array()) return Wrong("content", content, "a text or a list of text parts");
  std::string text;
  for (const json& part : content) {
    const json& piece = part.is_object() ? Member(part, "text") : part;
    if (!piece.is_string()) return Wrong("content", content, "a text or a list of text parts");
    text += piece.get_ref<const std::string&>();
  }
  return text;
}

absl::Status AddMessages(const json& messages, rollout::v1::Prompt& prompt) {
  if (!messages.is_array() || messages.empty()) {
    return Wrong("messages", messages, "a list of one or more");
  }
  for (const json& message : messages) {
    if (!message.is_object() || !Member(message, "role").is_string()) {
      return Wrong("messages", message, "a list of objects with a role");
    }
    HIR_ASSIGN_OR_RETURN(std::string content, ContentOf(Member(message, "content")));
    static const std::set<std::string, std::less<>> roles = {"system", "user", "assistant"};
    if (!roles.contains(Member(message, "role").get_ref<const std::string&>())) {
      return Wrong("role", Member(message, "role"), "system, user or assistant");
    }
    auto& added = *prompt.add_messages();
    added.set_role(Member(message, "role").get<std::string>());
    added.set_content(std::move(content));
  }
  return absl::OkStatus();
}

// Whether the value of a field asks for nothing: null, false, 0, "", [], {}, "none", and for
// repetition_penalty 1, for response_format text.
bool AsksForNothing(const json& value) {
  static const json text = {{"type", "text"}};
  return value.is_null() || value == false || value == 0 || value == "" || value == "none" ||
         (value.is_structured() && value.empty()) || value == text;
}

// Fields that would change the answer in ways that are not possible here. Each may be given with a
// value that asks for nothing.
absl::Status RefuseTheImpossible(const json& request) {
  static const std::set<std::string, std::less<>> refused = {
      "stop",        "logprobs",         "top_logprobs",      "tools",      "tool_choice",
      "functions",   "function_call",    "response_format",   "logit_bias", "modalities",
      "audio",       "presence_penalty", "frequency_penalty", "prediction", "reasoning_effort",
      "min_p",       "repetition_penalty"};
  for (const auto& [name, value] : request.items()) {
    const bool one = name == "repetition_penalty" && value == 1;
    if (refused.contains(name) && !AsksForNothing(value) && !one) {
      return absl::InvalidArgumentError(absl::StrCat(name, " is not supported; leave it out"));
    }
  }
  return absl::OkStatus();
}

json Head(const Completion& completion, const char* object) {
  return {{"id", completion.id},
          {"object", object},
          {"created", completion.created},
          {"model", completion.model}};
}

const char* FinishReasonOf(const GenerateResponse& response) {
  return response.finish_reason() == common::v1::FINISH_REASON_LENGTH ? "length" : "stop";
}

std::string Dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

absl::StatusOr<ChatRequest> ParseChatRequest(std::string_view body, const std::string& model,
                                             uint64_t key, uint64_t random_seed) {
  const json request = json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!request.is_object()) return absl::InvalidArgumentError("the body is no JSON object");
  const json& named = Member(request, "model");
  if (!named.is_null() && !named.is_string()) return Wrong("model", named, "a name");
  if (!named.is_null() && named != model) {
    return absl::NotFoundError(absl::StrCat("the model ", Dump(named).substr(0, 200),
                                            " is not served here; it is \"", model, "\""));
  }
  HIR_RETURN_IF_ERROR(RefuseTheImpossible(request));
  ChatRequest chat;
  rollout::v1::Prompt& prompt = *chat.generate.add_prompts();
  HIR_RETURN_IF_ERROR(AddMessages(Member(request, "messages"), prompt));
  HIR_ASSIGN_OR_RETURN(const int64_t choices, IntegerOr(request, "n", 1, 1, kMostChoices));
  prompt.set_responses(static_cast<uint32_t>(choices));
  auto& sampling = *chat.generate.mutable_sampling();
  HIR_ASSIGN_OR_RETURN(const int64_t older,
                       IntegerOr(request, "max_tokens", kDefaultTokens, 1, kMostTokens));
  HIR_ASSIGN_OR_RETURN(const int64_t tokens,
                       IntegerOr(request, "max_completion_tokens", older, 1, kMostTokens));
  sampling.set_max_response_tokens(static_cast<int32_t>(tokens));
  HIR_ASSIGN_OR_RETURN(const double temperature, NumberOr(request, "temperature", 1, 0, 2));
  sampling.set_temperature(temperature);
  HIR_ASSIGN_OR_RETURN(const double top_p, NumberOr(request, "top_p", 1, 1e-6, 1));
  sampling.set_top_p(top_p);
  HIR_ASSIGN_OR_RETURN(const int64_t top_k, IntegerOr(request, "top_k", 0, 0, INT32_MAX));
  sampling.set_top_k(static_cast<int32_t>(top_k));
  const bool seeded = !Member(request, "seed").is_null();
  HIR_ASSIGN_OR_RETURN(const int64_t seed, IntegerOr(request, "seed", 0, INT64_MIN, INT64_MAX));
  prompt.set_key(seeded ? 0 : key);
  sampling.set_seed(seeded ? static_cast<uint64_t>(seed) : random_seed);
  const json& stream = Member(request, "stream");
  if (!stream.is_null() && !stream.is_boolean()) return Wrong("stream", stream, "true or false");
  chat.generate.set_stream_text(stream == true);
  return chat;
}

std::string CompletionJson(const Completion& completion,
                           const std::vector<GenerateResponse>& responses) {
  json answer = Head(completion, "chat.completion");
  answer["choices"] = json::array();
  int64_t tokens = 0;
  for (size_t i = 0; i < responses.size(); ++i) {
    const GenerateResponse& response = responses[i];
    tokens += response.token_ids_size();
    answer["choices"].push_back(
        {{"index", i},
         {"message", {{"role", "assistant"}, {"content", response.text()}}},
         {"finish_reason", FinishReasonOf(response)}});
  }
  const int64_t prompt = responses.empty() ? 0 : responses[0].prompt_tokens();
  answer["usage"] = {{"prompt_tokens", prompt},
                     {"completion_tokens", tokens},
                     {"total_tokens", prompt + tokens}};
  return Dump(answer);
}

std::string CompletionEvent(const Completion& completion, const GenerateResponse& response) {
  json event = Head(completion, "chat.completion.chunk");
  json choice = {{"index", response.sample()}, {"delta", json::object()}, {"finish_reason", nullptr}};
  if (response.done()) {
    choice["finish_reason"] = FinishReasonOf(response);
  } else {
    choice["delta"] = {{"role", "assistant"}, {"content", response.delta()}};
  }
  event["choices"] = json::array({choice});
  return absl::StrCat("data: ", Dump(event), "\n\n");
}

int HttpStatusOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
      return 400;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kUnimplemented:
      return 405;
    case absl::StatusCode::kOutOfRange:
      return 413;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
      return 503;
    default:
      return 500;
  }
}

std::string ErrorJson(const absl::Status& status) {
  const char* type = HttpStatusOf(status) < 500 ? "invalid_request_error" : "server_error";
  return Dump({{"error",
                {{"message", std::string(status.message())},
                 {"type", type},
                 {"code", HttpStatusOf(status) == 404 ? json("model_not_found") : json()}}}});
}

}  // namespace hir
