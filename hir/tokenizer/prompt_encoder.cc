#include "hir/tokenizer/prompt_encoder.h"

#include <utility>

#include "hir/tokenizer/prompt.h"

namespace hir {

ModelPromptEncoder::ModelPromptEncoder(std::shared_ptr<const Tokenizer> tokenizer)
    : tokenizer_(std::move(tokenizer)) {}

absl::StatusOr<std::vector<int32_t>> ModelPromptEncoder::Encode(
    const RunConfig& config, const std::string& instruction) const {
  return EncodePrompt(*tokenizer_, InstructionMessages(config.data.system_prompt, instruction),
                      config.model.chat_template_kwargs);
}

}  // namespace hir
