// Renders a chat whose last message the response continues, as Transformers does.
#ifndef HIR_TOKENIZER_CONTINUED_CHAT_H_
#define HIR_TOKENIZER_CONTINUED_CHAT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/tokenizer/tokenizer.h"

namespace hir {

// Like `apply_chat_template(..., continue_final_message=True, tokenize=False)`: the text ends where
// the content of the last message ends. If the template strips that content, (ASCII) white space at
// its end is removed.
//
// Errors: those of RenderChat(); INVALID_ARGUMENT: no messages, options.add_generation_prompt, or a
// template that does not show the last message as it is.
absl::StatusOr<std::string> RenderContinuedChat(const Tokenizer& tokenizer,
                                                std::vector<ChatMessage> messages,
                                                const ChatOptions& options);

}  // namespace hir

#endif  // HIR_TOKENIZER_CONTINUED_CHAT_H_
