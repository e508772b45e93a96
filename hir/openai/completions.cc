#include "hir/openai/completions.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/openai/error.h"

namespace hir {
namespace {

using json = nlohmann::ordered_json;

constexpr int64_t kDefaultTokens = 16;
constexpr size_t kMostResponses = 2048;  // Of all prompts.

bool IsTokenIds(const json& value) {
  return value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), IsTokenId);
}

bool IsPrompt(const json& value) {
  return IsTokenIds(value) || (value.is_string() && !value.get_ref<const std::string&>().empty());
}

absl::Status AddPrompts(const json& prompt, CompletionRequest& request) {
  const json list = IsPrompt(prompt) ? json::array({prompt}) : prompt;
  if (!list.is_array() || list.empty() || !std::all_of(list.begin(), list.end(), IsPrompt)) {
    return WrongField(
        "prompt", prompt,
        "a text, a list of token ids, or a list of texts or of such lists; none empty");
  }
  if (list.size() * request.choices > kMostResponses) {
    return FieldError("prompt",
                      absl::StrCat("prompt and n ask for ", list.size(), " x ", request.choices,
                                   " responses; at most ", kMostResponses, " are possible"));
  }
  for (const json& one : list) {
    rollout::v1::Prompt& added = *request.generate.add_prompts();
    added.set_key(static_cast<uint64_t>(request.generate.prompts_size() - 1));
    added.set_responses(request.choices);
    if (one.is_string()) {
      added.set_text(one.get<std::string>());
    } else {
      for (const json& id : one) added.add_token_ids(id.get<int32_t>());
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CompletionRequest> ParseCompletionsRequest(std::string_view body,
                                                          const RequestContext& context) {
  HIR_ASSIGN_OR_RETURN(const json fields, ParseFields(body, OpenAiInterface::kCompletions));
  CompletionRequest request{.interface = OpenAiInterface::kCompletions, .generate = {}};
  HIR_RETURN_IF_ERROR(ReadSharedFields(fields, context, kDefaultTokens, request));
  HIR_ASSIGN_OR_RETURN(request.echo, BoolOr(fields, "echo", false));
  if (request.echo && request.generate.stream_text()) {
    return FieldError("echo", "echo can't be streamed; leave out echo or stream");
  }
  request.logprobs = !Member(fields, "logprobs").is_null();
  HIR_ASSIGN_OR_RETURN(const int64_t top, IntegerOr(fields, "logprobs", 0, 0, INT32_MAX));
  auto& score = *request.generate.mutable_score();
  score.set_response(request.logprobs);
  score.set_prompt(request.logprobs && request.echo);
  score.set_top_logprobs(static_cast<uint32_t>(top));
  HIR_RETURN_IF_ERROR(AddPrompts(Member(fields, "prompt"), request));
  request.generate.set_echo_prompt(request.echo || request.token_ids);
  return request;
}

}  // namespace hir
