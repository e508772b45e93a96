// Prompts that replay would refuse when their tasks are put, hours into a run.
#ifndef HIR_CLI_PROMPT_LENGTH_H_
#define HIR_CLI_PROMPT_LENGTH_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/config/run_config.h"
#include "hir/data/record.h"
#include "hir/tokenizer/tokenizer.h"

namespace hir {

// Counts a prompt's tokens as replay does. Thread-safe.
class PromptLengthCheck {
 public:
  // Loads the tokenizer of the run's model folder. Errors: Tokenizer::Load().
  static absl::StatusOr<PromptLengthCheck> Create(const RunConfig& config);

  // INVALID_ARGUMENT: the record's prompt has more than rollout.max_prompt_tokens tokens, or can't
  // be made into tokens.
  absl::Status operator()(const InstructionRecord& record) const;

 private:
  PromptLengthCheck(const RunConfig& config, std::shared_ptr<const Tokenizer> tokenizer);

  std::string system_prompt_;
  int max_prompt_tokens_;
  std::shared_ptr<const Tokenizer> tokenizer_;
};

}  // namespace hir

#endif  // HIR_CLI_PROMPT_LENGTH_H_
