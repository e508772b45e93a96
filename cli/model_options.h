// Options of `hir eval` and `hir generate` about how the model is spoken to.
#ifndef HIR_CLI_MODEL_OPTIONS_H_
#define HIR_CLI_MODEL_OPTIONS_H_

#include <string>

#include "absl/status/status.h"
#include "cli/options.h"

namespace hir {

struct ModelOptions {
  std::string chat_template_kwargs;  // JSON object, sent with every prompt.
  std::string reasoning_end;         // For a worker that is started here.
};

void AddModelOptions(Options& options, ModelOptions& model);

// Puts the variables into their shortest form. INVALID_ARGUMENT: a value that is wrong, or
// --reasoning-end beside the address of a running worker, which has its own.
absl::Status CheckModelOptions(const std::string& running_worker, ModelOptions& model);

}  // namespace hir

#endif  // HIR_CLI_MODEL_OPTIONS_H_
