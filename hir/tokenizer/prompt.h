// Makes the token ids of prompts. Training, rewritten prompts, evaluation and generation all use
// this code, so that equal instructions have equal prompts.
#ifndef HIR_TOKENIZER_PROMPT_H_
#define HIR_TOKENIZER_PROMPT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/tokenizer/tokenizer.h"

namespace hir {

// One user turn, after a system message if `system_prompt` is not empty.
std::vector<ChatMessage> InstructionMessages(const std::string& system_prompt,
                                             const std::string& instruction);

// The ids of a text that was not made by a chat template: prompt_prefix() (such as BOS), then those
// of `text`. Equals Transformers' `tokenizer(text)` without the tokens that its post-processor
// appends. Errors: Tokenizer::Encode().
absl::StatusOr<std::vector<int32_t>> EncodePlainText(const Tokenizer& tokenizer,
                                                     std::string_view text);

// The prompt of `messages`, up to where the answer begins. With a chat template: its rendering with
// the variables in the JSON object `chat_template_kwargs` (may be empty). Without one, as for a
// base model: EncodePlainText() of the user's text, preceded by the system's text and an empty line
// if there is one.
//
// INVALID_ARGUMENT: the template or the tokenizer refuses the messages, the text has more than
// kMaxTextBytes, or there is no chat template and there are other messages or variables for one.
absl::StatusOr<std::vector<int32_t>> EncodePrompt(const Tokenizer& tokenizer,
                                                  absl::Span<const ChatMessage> messages,
                                                  const std::string& chat_template_kwargs);

}  // namespace hir

#endif  // HIR_TOKENIZER_PROMPT_H_
