#include "hir/base/chat_template_kwargs.h"

#include <algorithm>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/json.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

using nlohmann::ordered_json;

constexpr size_t kMostBytes = size_t{64} << 10;
constexpr int kDeepest = 32;

// Parameters of apply_chat_template, and the variables that it sets for every template itself.
constexpr std::string_view kReserved[] = {"add_generation_prompt",
                                          "chat_template",
                                          "continue_final_message",
                                          "conversation",
                                          "documents",
                                          "max_length",
                                          "messages",
                                          "padding",
                                          "return_assistant_tokens_mask",
                                          "return_dict",
                                          "return_tensors",
                                          "tokenize",
                                          "tokenizer_kwargs",
                                          "tools",
                                          "truncation"};

bool IsDeeperThan(const ordered_json& value, int levels) {
  return value.is_structured() &&
         (levels == 0 || std::any_of(value.begin(), value.end(), [levels](const auto& member) {
            return IsDeeperThan(member, levels - 1);
          }));
}

absl::StatusOr<ordered_json> Parse(std::string_view text) {
  if (text.empty()) return ordered_json::object();
  if (text.size() > kMostBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("chat_template_kwargs has ", text.size(), " bytes; it may have ", kMostBytes));
  }
  if (const absl::Status numbers = CheckWholeNumbers(text); !numbers.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("chat_template_kwargs: ", numbers.message()));
  }
  ordered_json kwargs = ParseJson<ordered_json>(text).value_or(ordered_json());
  if (!kwargs.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "chat_template_kwargs must be a JSON object, not ", std::string(text.substr(0, 100))));
  }
  if (IsDeeperThan(kwargs, kDeepest)) {
    return absl::InvalidArgumentError(
        absl::StrCat("chat_template_kwargs is nested deeper than ", kDeepest));
  }
  for (const auto& [name, value] : kwargs.items()) {
    if (std::find(std::begin(kReserved), std::end(kReserved), name) == std::end(kReserved))
      continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "chat_template_kwargs has \"", name, "\", which is set for every template; leave it out"));
  }
  return kwargs;
}

std::string TextOf(const ordered_json& kwargs) { return kwargs.empty() ? "" : kwargs.dump(); }

}  // namespace

absl::StatusOr<std::string> ParseChatTemplateKwargs(std::string_view json) {
  HIR_ASSIGN_OR_RETURN(const ordered_json kwargs, Parse(json));
  return TextOf(kwargs);
}

absl::StatusOr<std::string> MergeChatTemplateKwargs(std::string_view first,
                                                    std::string_view second) {
  HIR_ASSIGN_OR_RETURN(const ordered_json wins, Parse(first));
  HIR_ASSIGN_OR_RETURN(ordered_json merged, Parse(second));
  merged.update(wins);
  return TextOf(merged);
}

}  // namespace hir
