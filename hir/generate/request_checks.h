// What an engine accepts.
#ifndef HIR_GENERATE_REQUEST_CHECKS_H_
#define HIR_GENERATE_REQUEST_CHECKS_H_

#include "absl/status/status.h"
#include "hir/generate/engine.h"
#include "hir/model_folder/architecture.h"

namespace hir {

// INVALID_ARGUMENT: an option out of range, deterministic bf16. UNAVAILABLE: a device this engine
// can't use.
absl::Status CheckOptions(const EngineOptions& options);

// INVALID_ARGUMENT as Engine::Submit() says; the message names the field and the value.
absl::Status CheckRequest(const GenerationRequest& request, const Architecture& architecture);

}  // namespace hir

#endif  // HIR_GENERATE_REQUEST_CHECKS_H_
