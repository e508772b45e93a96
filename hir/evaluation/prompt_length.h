// How long prompts are, so that one that replay would refuse when its task is put, or that a worker
// would not answer, hours into a run, is found before.
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
  std::string source;  // What says so.
};

// Counts a prompt's tokens as replay does. Thread-safe.
class PromptLength {
 public:
  // Loads the tokenizer of the run's model folder, whose model takes sequences of `context` tokens
  // at most. Errors: Tokenizer::Load().
  static absl::StatusOr<PromptLength> Create(const RunConfig& config, int64_t context);

  // Of a prompt that is answered at all: the context leaves room for a token.
  PromptLimit AnsweredLimit() const;
  // Of a prompt to train on: rollout.max_prompt_tokens, where that is less.
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
