// Requests of OpenAI's (older) completions: a prompt as text or token ids, without a chat template.
#ifndef HIR_OPENAI_COMPLETIONS_H_
#define HIR_OPENAI_COMPLETIONS_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "hir/openai/request.h"

namespace hir {

// Reads prompt (a text, a list of texts, token ids, a list of lists of token ids), echo, logprobs
// (a number; with echo the prompt is scored, too), max_tokens (16 if not given) and the fields of
// ReadSharedFields(). Errors: those of ParseFields() and ReadSharedFields().
absl::StatusOr<CompletionRequest> ParseCompletionsRequest(std::string_view body,
                                                          const RequestContext& context);

}  // namespace hir

#endif  // HIR_OPENAI_COMPLETIONS_H_
