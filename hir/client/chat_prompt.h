// Prompts for the rollout worker that are rendered through the model's chat template.
#ifndef HIR_CLIENT_CHAT_PROMPT_H_
#define HIR_CLIENT_CHAT_PROMPT_H_

#include <string>

#include "hir/rollout/v1/rollout.pb.h"

namespace hir {

// A prompt for one response to `user`, after the system prompt `system` unless that is empty.
// `variables_json`: JSON object of variables for the chat template; empty = none.
rollout::v1::Prompt ChatPrompt(const std::string& system, const std::string& user,
                               const std::string& variables_json);

}  // namespace hir

#endif  // HIR_CLIENT_CHAT_PROMPT_H_
