#include "cli/model_options.h"

#include "absl/strings/str_cat.h"
#include "hir/base/chat_template_kwargs.h"
#include "hir/base/reasoning_end.h"

namespace hir {

void AddModelOptions(Options& options, ModelOptions& model) {
  options.Text("chat-template-kwargs", &model.chat_template_kwargs,
               "JSON object of variables for the chat template: {\"enable_thinking\": false}");
  options.Text("reasoning-end", &model.reasoning_end,
               "mark that ends the model's reasoning, e.g. </think>; the answer follows it");
}

absl::Status CheckModelOptions(const std::string& running_worker, ModelOptions& model) {
  const absl::StatusOr<std::string> kwargs = ParseChatTemplateKwargs(model.chat_template_kwargs);
  if (!kwargs.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--chat-template-kwargs: ", kwargs.status().message(), "."));
  }
  model.chat_template_kwargs = *kwargs;
  if (const absl::Status mark = CheckReasoningEnd(model.reasoning_end); !mark.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--reasoning-end: ", mark.message(), "."));
  }
  if (running_worker.empty() || model.reasoning_end.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "--reasoning-end is for the worker that is started here; a running one has its own.");
}

}  // namespace hir
