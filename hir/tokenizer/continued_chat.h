// A chat whose last message the response goes on with, as Transformers renders it.
#ifndef HIR_TOKENIZER_CONTINUED_CHAT_H_
#define HIR_TOKENIZER_CONTINUED_CHAT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/tokenizer/tokenizer.h"

namespace hir {

// As `apply_chat_template(..., continue_final_message=True, tokenize=False)`: the text ends where
// the content of the last message ends. Where the template strips that content, white space at its
// end (ASCII's here) is gone.
//
// Errors: those of RenderChat(); INVALID_ARGUMENT: no messages, options.add_generation_prompt, or a
// template that does not show the last message as it is.
absl::StatusOr<std::string> RenderContinuedChat(const Tokenizer& tokenizer,
                                                std::vector<ChatMessage> messages,
                                                const ChatOptions& options);

}  // namespace hir

#endif  // HIR_TOKENIZER_CONTINUED_CHAT_H_
