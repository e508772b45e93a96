// Measures prompts, so that one that replay would refuse, or that a worker could not answer hours
// into a run, is found before the run starts.
#ifndef HIR_EVALUATION_PROMPT_LENGTH_H_
#define HIR_EVALUATION_PROMPT_LENGTH_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "hir/config/run_config.h"
#include "hir/data/record.h"
#include "hir/tokenizer/tokenizer.h"

namespace hir {

// The most tokens that a prompt may have.
struct PromptLimit {
  size_t tokens = 0;
  std::string source;  // Where the limit comes from.
};

// Counts a prompt's tokens as replay does. Thread-safe.
class PromptLength {
 public:
  // Loads the tokenizer of the run's model folder, whose model takes sequences of `context` tokens
  // at most. Errors: Tokenizer::Load().
  static absl::StatusOr<PromptLength> Create(const RunConfig& config, int64_t context);

  // For prompts that are only answered: the context leaves room for one token.
  PromptLimit AnsweredLimit() const;
  // For prompts to train on: the smaller of that and rollout.max_prompt_tokens.
  PromptLimit TrainLimit() const;

  // Whether the model folder has a chat template; without one prompts are plain text.
  bool has_chat_template() const { return tokenizer_->has_chat_template(); }

  // Tokens of the record's prompt. INVALID_ARGUMENT: it can't be made into tokens.
  absl::StatusOr<size_t> Tokens(const InstructionRecord& record) const;

 private:
  PromptLength(const RunConfig& config, int64_t context,
               std::shared_ptr<const Tokenizer> tokenizer);

  RunConfig config_;
  int64_t context_;
  std::shared_ptr<const Tokenizer> tokenizer_;
};

}  // namespace hir

#endif  // HIR_EVALUATION_PROMPT_LENGTH_H_
