#include "hir/tokenizer/prompt.h"

#include "absl/strings/str_cat.h"
#include "hir/base/chat_template_kwargs.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

absl::StatusOr<std::string> PlainText(absl::Span<const ChatMessage> messages,
                                      const std::string& chat_template_kwargs) {
  HIR_ASSIGN_OR_RETURN(const std::string kwargs, ParseChatTemplateKwargs(chat_template_kwargs));
  if (!kwargs.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("chat_template_kwargs is ", kwargs,
                                                   ", but the model folder has no chat template"));
  }
  const bool has_system = messages.size() == 2 && messages[0].role == "system";
  if (messages.size() != (has_system ? 2 : 1) || messages.back().role != "user") {
    return absl::InvalidArgumentError(
        "the model folder has no chat template, so that a prompt is one user message, with one "
        "system message before it at most");
  }
  const std::string& text = messages.back().content;
  return has_system ? absl::StrCat(messages[0].content, "\n\n", text) : text;
}

}  // namespace

std::vector<ChatMessage> InstructionMessages(const std::string& system_prompt,
                                             const std::string& instruction) {
  std::vector<ChatMessage> messages;
  if (!system_prompt.empty()) messages.push_back({.role = "system", .content = system_prompt});
  messages.push_back({.role = "user", .content = instruction});
  return messages;
}

absl::StatusOr<std::vector<int32_t>> EncodePlainText(const Tokenizer& tokenizer,
                                                     std::string_view text) {
  HIR_ASSIGN_OR_RETURN(const std::vector<int32_t> ids, tokenizer.Encode(text));
  std::vector<int32_t> prompt = tokenizer.prompt_prefix();
  prompt.insert(prompt.end(), ids.begin(), ids.end());
  return prompt;
}

absl::StatusOr<std::vector<int32_t>> EncodePrompt(const Tokenizer& tokenizer,
                                                  absl::Span<const ChatMessage> messages,
                                                  const std::string& chat_template_kwargs) {
  if (tokenizer.has_chat_template()) {
    HIR_ASSIGN_OR_RETURN(const std::string text,
                         tokenizer.RenderChat(messages, {.variables_json = chat_template_kwargs}));
    return tokenizer.Encode(text);
  }
  HIR_ASSIGN_OR_RETURN(const std::string text, PlainText(messages, chat_template_kwargs));
  return EncodePlainText(tokenizer, text);
}

}  // namespace hir
