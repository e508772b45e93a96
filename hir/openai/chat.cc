#include "hir/openai/chat.h"

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/chat_template_kwargs.h"
#include "hir/base/status_macros.h"
#include "hir/openai/error.h"

namespace hir {
namespace {

using json = nlohmann::ordered_json;  // A template prints variables in their order.

constexpr int64_t kDefaultTokens = 1024;

// The content: a text, or the texts in a list of parts.
absl::StatusOr<std::string> ContentOf(const json& content) {
  constexpr char kWanted[] = "a text or a list of text parts";
  if (content.is_string()) return content.get<std::string>();
  if (!content.is_array()) return WrongField("content", content, kWanted);
  std::string text;
  for (const json& part : content) {
    const json& type = part.is_object() ? Member(part, "type") : json();
    if (!type.is_null() && type != "text") return WrongField("content.type", type, "\"text\"");
    const json& piece = part.is_object() ? Member(part, "text") : part;
    if (!piece.is_string()) return WrongField("content", content, kWanted);
    text += piece.get_ref<const std::string&>();
  }
  return text;
}

bool AsksForNothing(const json& value) {
  return value.is_null() || (value.is_structured() && value.empty());
}

// The fields of a message besides role and content that a template may use; refuses others.
absl::StatusOr<std::string> FurtherFields(const json& message) {
  static const std::set<std::string, std::less<>> given_on = {"name", "reasoning_content"};
  json further = json::object();
  for (const auto& [name, value] : message.items()) {
    if (name == "role" || name == "content" || AsksForNothing(value)) continue;
    if (name == "type" && value == "text") continue;  // lm_eval's older messages.
    if (!given_on.contains(name)) {
      return FieldError("messages", absl::StrCat("messages with ", name.substr(0, 100),
                                                 " are not supported; leave it out"));
    }
    if (!value.is_string()) return WrongField(name, value, "a text");
    further[name] = value;
  }
  return further.empty() ? std::string() : further.dump();
}

absl::Status AddMessages(const json& messages, rollout::v1::Prompt& prompt) {
  if (!messages.is_array() || messages.empty()) {
    return WrongField("messages", messages, "a list of one or more");
  }
  for (const json& message : messages) {
    if (!message.is_object() || !Member(message, "role").is_string()) {
      return WrongField("messages", message, "a list of objects with a role");
    }
    static const std::set<std::string, std::less<>> roles = {"system", "user", "assistant"};
    const auto& role = Member(message, "role").get_ref<const std::string&>();
    if (!roles.contains(role)) {
      return WrongField("role", Member(message, "role"), "system, user or assistant");
    }
    auto& added = *prompt.add_messages();
    added.set_role(role);
    HIR_ASSIGN_OR_RETURN(*added.mutable_content(), ContentOf(Member(message, "content")));
    HIR_ASSIGN_OR_RETURN(*added.mutable_fields_json(), FurtherFields(message));
  }
  return absl::OkStatus();
}

absl::Status ReadTemplateVariables(const json& variables, rollout::v1::ChatOptions& options) {
  if (variables.is_null()) return absl::OkStatus();
  const absl::StatusOr<std::string> kwargs = ParseChatTemplateKwargs(variables.dump());
  if (!kwargs.ok())
    return FieldError("chat_template_kwargs", std::string(kwargs.status().message()));
  options.set_variables_json(*kwargs);
  return absl::OkStatus();
}

absl::Status ReadChatOptions(const json& fields, rollout::v1::ChatOptions& options) {
  HIR_RETURN_IF_ERROR(ReadTemplateVariables(Member(fields, "chat_template_kwargs"), options));
  HIR_ASSIGN_OR_RETURN(const bool continues, BoolOr(fields, "continue_final_message", false));
  HIR_ASSIGN_OR_RETURN(const bool header, BoolOr(fields, "add_generation_prompt", true));
  if (continues && header) {
    return FieldError("continue_final_message",
                      "continue_final_message needs add_generation_prompt false");
  }
  options.set_continue_final_message(continues);
  options.set_no_generation_prompt(!header);
  return absl::OkStatus();
}

absl::Status ReadLogprobs(const json& fields, CompletionRequest& request) {
  HIR_ASSIGN_OR_RETURN(request.logprobs, BoolOr(fields, "logprobs", false));
  HIR_ASSIGN_OR_RETURN(const int64_t top, IntegerOr(fields, "top_logprobs", 0, 0, INT32_MAX));
  if (top > 0 && !request.logprobs) {
    return FieldError("top_logprobs", "top_logprobs needs logprobs true");
  }
  request.generate.mutable_score()->set_response(request.logprobs);
  request.generate.mutable_score()->set_top_logprobs(static_cast<uint32_t>(top));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CompletionRequest> ParseChatRequest(std::string_view body,
                                                   const RequestContext& context) {
  HIR_ASSIGN_OR_RETURN(const json fields, ParseFields(body, OpenAiInterface::kChat));
  CompletionRequest request{.interface = OpenAiInterface::kChat, .generate = {}};
  HIR_RETURN_IF_ERROR(ReadSharedFields(fields, context, kDefaultTokens, request));
  HIR_RETURN_IF_ERROR(ReadLogprobs(fields, request));
  rollout::v1::Prompt& prompt = *request.generate.add_prompts();
  prompt.set_responses(request.choices);
  HIR_RETURN_IF_ERROR(AddMessages(Member(fields, "messages"), prompt));
  HIR_RETURN_IF_ERROR(ReadChatOptions(fields, *prompt.mutable_chat()));
  request.generate.set_echo_prompt(request.token_ids);
  return request;
}

}  // namespace hir
