// Requests of OpenAI's chat completions.
#ifndef HIR_OPENAI_CHAT_H_
#define HIR_OPENAI_CHAT_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "hir/openai/request.h"

namespace hir {

// Reads messages, chat_template_kwargs, add_generation_prompt, continue_final_message, logprobs,
// top_logprobs, max_completion_tokens (1024 tokens if neither it nor max_tokens is given) and the
// fields of ReadSharedFields(). Errors: those of ParseFields() and ReadSharedFields().
absl::StatusOr<CompletionRequest> ParseChatRequest(std::string_view body,
                                                   const RequestContext& context);

}  // namespace hir

#endif  // HIR_OPENAI_CHAT_H_
