#include "cli/prompt_length.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/instructions.h"
#include "hir/base/status_macros.h"

namespace hir {

PromptLength::PromptLength(const RunConfig& config, std::shared_ptr<const Tokenizer> tokenizer)
    : system_prompt_(config.data.system_prompt), tokenizer_(std::move(tokenizer)) {}

absl::StatusOr<PromptLength> PromptLength::Create(const RunConfig& config) {
  HIR_ASSIGN_OR_RETURN(std::unique_ptr<Tokenizer> tokenizer, Tokenizer::Load(config.model.path));
  return PromptLength(config, std::move(tokenizer));
}

absl::StatusOr<size_t> PromptLength::Tokens(const InstructionRecord& record) const {
  std::string text = PromptText(record);
  if (tokenizer_->has_chat_template()) {
    std::vector<ChatMessage> messages;
    if (!system_prompt_.empty()) messages.push_back({.role = "system", .content = system_prompt_});
    messages.push_back({.role = "user", .content = text});
    HIR_ASSIGN_OR_RETURN(text, tokenizer_->RenderChat(messages));
  } else if (!system_prompt_.empty()) {
    text = absl::StrCat(system_prompt_, "\n\n", text);
  }
  HIR_ASSIGN_OR_RETURN(const std::vector<int32_t> ids, tokenizer_->Encode(text));
  return ids.size();
}

}  // namespace hir
