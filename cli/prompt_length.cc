#include "cli/prompt_length.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "cli/instructions.h"
#include "hir/base/status_macros.h"
#include "hir/tokenizer/prompt.h"

namespace hir {

PromptLength::PromptLength(const RunConfig& config, std::shared_ptr<const Tokenizer> tokenizer)
    : config_(config), tokenizer_(std::move(tokenizer)) {}

absl::StatusOr<PromptLength> PromptLength::Create(const RunConfig& config) {
  HIR_ASSIGN_OR_RETURN(std::unique_ptr<Tokenizer> tokenizer, Tokenizer::Load(config.model.path));
  return PromptLength(config, std::move(tokenizer));
}

absl::StatusOr<size_t> PromptLength::Tokens(const InstructionRecord& record) const {
  HIR_ASSIGN_OR_RETURN(
      const std::vector<int32_t> ids,
      EncodePrompt(*tokenizer_, InstructionMessages(config_.data.system_prompt, PromptText(record)),
                   config_.model.chat_template_kwargs));
  return ids.size();
}

}  // namespace hir
