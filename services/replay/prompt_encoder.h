// From an instruction's text to the token ids of its prompt.
#ifndef HIR_SERVICES_REPLAY_PROMPT_ENCODER_H_
#define HIR_SERVICES_REPLAY_PROMPT_ENCODER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/tokenizer/tokenizer.h"

namespace hir {

// Thread-safe.
class PromptEncoder {
 public:
  virtual ~PromptEncoder() = default;

  // Renders one user's turn, after a system message when `system_prompt` is not empty, up to where
  // the answer begins, and tokenises it. INVALID_ARGUMENT: the template or tokenizer refuses it.
  virtual absl::StatusOr<std::vector<int32_t>> Encode(const std::string& system_prompt,
                                                      const std::string& instruction) const = 0;
  // Equal digests give equal token ids.
  virtual std::string digest() const = 0;
};

// With the tokenizer and chat template of a model folder. A folder without a chat template gives
// the text itself: system prompt, an empty line, instruction.
class ChatPromptEncoder : public PromptEncoder {
 public:
  explicit ChatPromptEncoder(std::unique_ptr<Tokenizer> tokenizer);

  absl::StatusOr<std::vector<int32_t>> Encode(const std::string& system_prompt,
                                              const std::string& instruction) const override;
  std::string digest() const override { return tokenizer_->digest(); }

 private:
  std::unique_ptr<Tokenizer> tokenizer_;
};

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_PROMPT_ENCODER_H_
