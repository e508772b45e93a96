#include "hir/evaluation/prompt_length.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/domain/instruction.h"
#include "hir/tokenizer/prompt_encoder.h"

namespace hir {

PromptLength::PromptLength(const RunConfig& config, int64_t context,
                           std::shared_ptr<const Tokenizer> tokenizer)
    : config_(config), context_(context), tokenizer_(std::move(tokenizer)) {}

absl::StatusOr<PromptLength> PromptLength::Create(const RunConfig& config, int64_t context) {
  HIR_ASSIGN_OR_RETURN(std::unique_ptr<Tokenizer> tokenizer, Tokenizer::Load(config.model.path));
  return PromptLength(config, context, std::move(tokenizer));
}

PromptLimit PromptLength::AnsweredLimit() const {
  return {static_cast<size_t>(context_ - 1),
          absl::StrCat("of the model's context of ", context_, ", one is for the answer")};
}

PromptLimit PromptLength::TrainLimit() const {
  const PromptLimit limit = {static_cast<size_t>(config_.rollout.max_prompt_tokens),
                             "rollout.max_prompt_tokens"};
  return limit.tokens < AnsweredLimit().tokens ? limit : AnsweredLimit();
}

absl::StatusOr<size_t> PromptLength::Tokens(const InstructionRecord& record) const {
  HIR_ASSIGN_OR_RETURN(const std::vector<int32_t> ids,
                       ModelPromptEncoder(tokenizer_).Encode(config_, PromptText(record)));
  return ids.size();
}

}  // namespace hir
