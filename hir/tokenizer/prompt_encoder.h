// Makes the token ids of the prompts of a run.
#ifndef HIR_TOKENIZER_PROMPT_ENCODER_H_
#define HIR_TOKENIZER_PROMPT_ENCODER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/config/run_config.h"
#include "hir/tokenizer/tokenizer.h"

namespace hir {

// Thread-safe.
class PromptEncoder {
 public:
  virtual ~PromptEncoder() = default;

  // The prompt of one user turn in a run of `config`, with its system prompt and variables for the
  // chat template. Errors: those of EncodePrompt().
  virtual absl::StatusOr<std::vector<int32_t>> Encode(const RunConfig& config,
                                                      const std::string& instruction) const = 0;
  // Equal digests give equal token ids.
  virtual std::string digest() const = 0;
};

// Uses the tokenizer and chat template of a model folder. Thread-safe.
class ModelPromptEncoder : public PromptEncoder {
 public:
  explicit ModelPromptEncoder(std::shared_ptr<const Tokenizer> tokenizer);

  absl::StatusOr<std::vector<int32_t>> Encode(const RunConfig& config,
                                              const std::string& instruction) const override;
  std::string digest() const override { return tokenizer_->digest(); }

 private:
  const std::shared_ptr<const Tokenizer> tokenizer_;
};

}  // namespace hir

#endif  // HIR_TOKENIZER_PROMPT_ENCODER_H_
