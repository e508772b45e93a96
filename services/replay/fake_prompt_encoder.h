// A tokenizer without files for tests: one token per byte.
#ifndef HIR_SERVICES_REPLAY_FAKE_PROMPT_ENCODER_H_
#define HIR_SERVICES_REPLAY_FAKE_PROMPT_ENCODER_H_

#include <string>
#include <utility>
#include <vector>

#include "hir/tokenizer/prompt_encoder.h"

namespace hir {

// Thread-safe.
class FakePromptEncoder : public PromptEncoder {
 public:
  explicit FakePromptEncoder(std::string digest = "bytes") : digest_(std::move(digest)) {}

  // The bytes of system prompt, "|" and instruction. INVALID_ARGUMENT: they contain "\x01".
  absl::StatusOr<std::vector<int32_t>> Encode(const RunConfig& config,
                                              const std::string& instruction) const override {
    const std::string text = config.data.system_prompt + "|" + instruction;
    if (text.find('\x01') != std::string::npos) {
      return absl::InvalidArgumentError("the template refuses the byte 1");
    }
    return std::vector<int32_t>(text.begin(), text.end());
  }
  std::string digest() const override { return digest_; }

 private:
  std::string digest_;
};

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_FAKE_PROMPT_ENCODER_H_
