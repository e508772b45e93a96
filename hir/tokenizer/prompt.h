// From an instruction to the token ids of its prompt. Training, rewritten prompts, evaluation and
// generation all make theirs here, so that they are equal.
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

// One user's turn, after a system message when `system_prompt` is not empty.
std::vector<ChatMessage> InstructionMessages(const std::string& system_prompt,
                                             const std::string& instruction);

// The ids of a text that no chat template made: prompt_prefix() (such as BOS), then those of
// `text`. Equal to `tokenizer(text)` of Transformers, without what its post-processor puts after a
// text. Errors: Tokenizer::Encode().
absl::StatusOr<std::vector<int32_t>> EncodePlainText(const Tokenizer& tokenizer,
                                                     std::string_view text);

// The prompt of `messages`, up to where the answer begins. With a chat template: what it renders,
// with the variables of the JSON object `chat_template_kwargs` (may be empty). Without one, that of
// a base model: EncodePlainText() of the user's text, after the system's and an empty line if there
// is one.
//
// INVALID_ARGUMENT: the template or the tokenizer refuses it, it has more than kMaxTextBytes, or
// there is no chat template and the messages are more than that or come with variables for one.
absl::StatusOr<std::vector<int32_t>> EncodePrompt(const Tokenizer& tokenizer,
                                                  absl::Span<const ChatMessage> messages,
                                                  const std::string& chat_template_kwargs);

}  // namespace hir

#endif  // HIR_TOKENIZER_PROMPT_H_
