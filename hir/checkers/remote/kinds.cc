#include "hir/checkers/remote/kinds.h"

namespace hir::remote {

void RegisterKinds(CheckerRegistry& registry) {
  using enum ArgumentType;
  registry.Register(
      {.kind = "judge:criterion",
       .arguments = {{"criterion", kString}},
       .disabled_reason = "No judge is configured; hir-verifier --judge-url names one.",
       .remote = true});
  registry.Register(
      {.kind = "external:check",
       .arguments = {{"checker", kString}, {"arguments", kObject, /*required=*/false}},
       .disabled_reason =
           "No checker service is configured; hir-verifier --external-checker names one.",
       .remote = true});
  registry.Register(
      {.kind = "python:check_following",
       .arguments = {{"source", kString}, {"instruction", kString, /*required=*/false}},
       .disabled_reason =
           "Python of data sets is not run here; hir-verifier --python-checkers runs it in "
           "sandboxes.",
       .remote = true});
}

}  // namespace hir::remote
