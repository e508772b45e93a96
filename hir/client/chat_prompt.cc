#include "hir/client/chat_prompt.h"

namespace hir {
namespace {

void AddMessage(rollout::v1::Prompt& prompt, const char* role, const std::string& content) {
  rollout::v1::ChatMessage& message = *prompt.add_messages();
  message.set_role(role);
  message.set_content(content);
}

}  // namespace

rollout::v1::Prompt ChatPrompt(const std::string& system, const std::string& user,
                               const std::string& variables_json) {
  rollout::v1::Prompt prompt;
  if (!system.empty()) AddMessage(prompt, "system", system);
  AddMessage(prompt, "user", user);
  prompt.mutable_chat()->set_variables_json(variables_json);
  prompt.set_responses(1);
  return prompt;
}

}  // namespace hir
