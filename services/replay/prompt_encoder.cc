#include "services/replay/prompt_encoder.h"

#include <utility>

#include "hir/base/status_macros.h"

namespace hir {

ChatPromptEncoder::ChatPromptEncoder(std::unique_ptr<Tokenizer> tokenizer)
    : tokenizer_(std::move(tokenizer)) {}

absl::StatusOr<std::vector<int32_t>> ChatPromptEncoder::Encode(
    const std::string& system_prompt, const std::string& instruction) const {
  if (!tokenizer_->has_chat_template()) {
    const std::string head = system_prompt.empty() ? "" : system_prompt + "\n\n";
    return tokenizer_->Encode(head + instruction);
  }
  std::vector<ChatMessage> messages;
  if (!system_prompt.empty()) messages.push_back({.role = "system", .content = system_prompt});
  messages.push_back({.role = "user", .content = instruction});
  HIR_ASSIGN_OR_RETURN(const std::string text, tokenizer_->RenderChat(messages));
  return tokenizer_->Encode(text);
}

}  // namespace hir
