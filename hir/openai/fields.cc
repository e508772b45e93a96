#include "hir/openai/fields.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/base/json.h"
#include "hir/base/nearest.h"
#include "hir/openai/error.h"

namespace hir {
namespace {

using json = nlohmann::ordered_json;
using Names = std::set<std::string, std::less<>>;

constexpr int kMaxDepth = 64;

// The fields that both interfaces support.
const Names& ServedByBoth() {
  static const Names names = {
      "ignore_eos", "logprobs",       "max_tokens",       "min_tokens", "model",
      "n",          "seed",           "return_token_ids", "stop",       "stop_token_ids",
      "stream",     "stream_options", "temperature",      "top_k",      "top_p"};
  return names;
}

// The fields that only this interface supports.
const Names& ServedBy(OpenAiInterface interface) {
  static const Names chat = {"add_generation_prompt",
                             "chat_template_kwargs",
                             "continue_final_message",
                             "max_completion_tokens",
                             "messages",
                             "top_logprobs"};
  static const Names completions = {"echo", "prompt"};
  return interface == OpenAiInterface::kChat ? chat : completions;
}

// Fields that don't affect the answer.
const Names& Harmless() {
  static const Names names = {"cache_salt",
                              "metadata",
                              "parallel_tool_calls",
                              "priority",
                              "prompt_cache_key",
                              "prompt_cache_retention",
                              "request_id",
                              "safety_identifier",
                              "service_tier",
                              "spaces_between_special_tokens",
                              "store",
                              "user"};
  return names;
}

// Fields of both interfaces, and of vLLM's and SGLang's additions, that would change the answer in
// ways that are not supported, with the values besides null that have no effect.
const std::map<std::string, std::vector<json>, std::less<>>& ImpossibleForBoth() {
  static const std::vector<json> nothing;
  static const std::vector<json> off = {false};
  static const std::vector<json> on = {true};
  static const std::vector<json> zero = {0};
  static const std::vector<json> one = {1};
  static const std::vector<json> none_of = {json::array()};
  static const std::map<std::string, std::vector<json>, std::less<>> fields = {
      {"allowed_token_ids", nothing},
      {"audio", nothing},
      {"bad_words", none_of},
      {"best_of", one},
      {"chat_template", nothing},
      {"documents", none_of},
      {"ebnf", nothing},
      {"echo", off},
      {"frequency_penalty", zero},
      {"function_call", {"none"}},
      {"functions", none_of},
      {"guided_choice", nothing},
      {"guided_decoding_backend", nothing},
      {"guided_grammar", nothing},
      {"guided_json", nothing},
      {"guided_regex", nothing},
      {"guided_whitespace_pattern", nothing},
      {"include_reasoning", on},
      {"include_stop_str_in_output", off},
      {"json_schema", nothing},
      {"kv_transfer_params", nothing},
      {"length_penalty", one},
      {"logit_bias", {json::object()}},
      {"logits_processors", none_of},
      {"min_p", zero},
      {"mm_processor_kwargs", nothing},
      {"modalities", {json::array({"text"})}},
      {"no_stop_trim", off},
      {"prediction", nothing},
      {"presence_penalty", zero},
      {"prompt_embeds", nothing},
      {"prompt_logprobs", nothing},
      {"reasoning_effort", nothing},
      {"regex", nothing},
      {"repetition_penalty", one},
      {"response_format", {{{"type", "text"}}}},
      {"return_tokens_as_token_ids", off},
      {"separate_reasoning", on},
      {"skip_special_tokens", on},
      {"structural_tag", nothing},
      {"structured_outputs", nothing},
      {"suffix", {""}},
      {"thinking_token_budget", nothing},
      {"tool_choice", {"none"}},
      {"tools", none_of},
      {"truncate_prompt_tokens", nothing},
      {"typical_p", one},
      {"use_beam_search", off},
      {"verbosity", {"medium"}},
      {"vllm_xargs", nothing},
      {"web_search_options", nothing}};
  return fields;
}

// The values of such a field that have no effect; null: it is not such a field.
const std::vector<json>* HarmlessValues(const std::string& name, OpenAiInterface interface) {
  // In chats the template writes the special tokens; a plain prompt gets the tokenizer's.
  static const std::vector<json> in_chats = {false};
  static const std::vector<json> in_completions = {true};
  if (name == "add_special_tokens") {
    return interface == OpenAiInterface::kChat ? &in_chats : &in_completions;
  }
  const auto found = ImpossibleForBoth().find(name);
  return found == ImpossibleForBoth().end() ? nullptr : &found->second;
}

std::vector<std::string> KnownNames(OpenAiInterface interface) {
  std::vector<std::string> known(ServedByBoth().begin(), ServedByBoth().end());
  known.insert(known.end(), ServedBy(interface).begin(), ServedBy(interface).end());
  known.insert(known.end(), Harmless().begin(), Harmless().end());
  return known;
}

absl::Status CheckField(const std::string& name, const json& value, OpenAiInterface interface) {
  if (ServedByBoth().contains(name) || ServedBy(interface).contains(name) ||
      Harmless().contains(name)) {
    return absl::OkStatus();
  }
  const std::vector<json>* harmless = HarmlessValues(name, interface);
  if (harmless == nullptr) {
    const std::string shown = name.substr(0, 100);
    return FieldError(shown, absl::StrCat("the field ", shown, " is not known here.",
                                          DidYouMean(shown, KnownNames(interface))));
  }
  if (value.is_null() || std::find(harmless->begin(), harmless->end(), value) != harmless->end()) {
    return absl::OkStatus();
  }
  return FieldError(name, absl::StrCat(name, " is not supported; leave it out"));
}

}  // namespace

absl::StatusOr<json> ParseFields(std::string_view body, OpenAiInterface interface) {
  absl::StatusOr<json> request = ParseJson<json>(body, kMaxDepth);
  if (!request.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the body is not a JSON object: ", request.status().message()));
  }
  if (const absl::Status numbers = CheckWholeNumbers(body); !numbers.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("the body is ", numbers.message()));
  }
  if (!request->is_object()) return absl::InvalidArgumentError("the body is not a JSON object");
  for (const auto& [name, value] : request->items()) {
    const absl::Status checked = CheckField(name, value, interface);
    if (!checked.ok()) return checked;
  }
  return request;
}

absl::Status WrongField(std::string_view field, const json& value, std::string_view wanted) {
  const std::string shown = value.is_structured()
                                ? value.type_name()
                                : value.dump(-1, ' ', false, json::error_handler_t::replace);
  return FieldError(field, absl::StrCat(std::string(field), " is ", shown.substr(0, 100),
                                        "; it must be ", std::string(wanted)));
}

const json& Member(const json& object, std::string_view name) {
  static const json none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

absl::StatusOr<int64_t> IntegerOr(const json& object, std::string_view name, int64_t otherwise,
                                  int64_t least, int64_t most) {
  const json& value = Member(object, name);
  if (value.is_null()) return otherwise;
  if (!value.is_number_integer() || value < least || value > most) {
    return WrongField(name, value, absl::StrCat("a whole number from ", least, " to ", most));
  }
  return value.get<int64_t>();
}

absl::StatusOr<double> NumberOr(const json& object, std::string_view name, double otherwise,
                                double least, double most) {
  const json& value = Member(object, name);
  if (value.is_null()) return otherwise;
  if (!value.is_number() || !(value.get<double>() >= least && value.get<double>() <= most)) {
    return WrongField(name, value, absl::StrCat("a number from ", least, " to ", most));
  }
  return value.get<double>();
}

absl::StatusOr<bool> BoolOr(const json& object, std::string_view name, bool otherwise) {
  const json& value = Member(object, name);
  if (value.is_null()) return otherwise;
  if (!value.is_boolean()) return WrongField(name, value, "true or false");
  return value.get<bool>();
}

bool IsTokenId(const json& value) {
  return value.is_number_integer() && value >= 0 && value <= INT32_MAX;
}

}  // namespace hir
