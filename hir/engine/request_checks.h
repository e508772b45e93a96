// Checks of what an engine accepts.
#ifndef HIR_ENGINE_REQUEST_CHECKS_H_
#define HIR_ENGINE_REQUEST_CHECKS_H_

#include "absl/status/status.h"
#include "hir/engine/engine.h"
#include "hir/model_folder/architecture.h"

namespace hir {

// INVALID_ARGUMENT: an option out of range, or deterministic with bf16. The device is checked where
// the devices are known, as in hir/generate/make_decoder.h.
absl::Status CheckOptions(const EngineOptions& options);

// INVALID_ARGUMENT: see Engine::Submit(); the message names the field and the value.
absl::Status CheckRequest(const GenerationRequest& request, const Architecture& architecture);

}  // namespace hir

#endif  // HIR_ENGINE_REQUEST_CHECKS_H_
