// Opens the engine that generates in this process. Free of Torch, unlike local_engine.h.
#ifndef HIR_GENERATE_OPEN_ENGINE_H_
#define HIR_GENERATE_OPEN_ENGINE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "hir/engine/engine.h"

namespace hir {

// Loads the model of `folder` and serves it as version 0 of `run`. Errors: those of
// ReadArchitecture() and LoadWeights(); INVALID_ARGUMENT: an option out of range, deterministic
// with bf16 or on a GPU, or CUDA without a GPU. Sets Torch's number of threads.
absl::StatusOr<std::unique_ptr<Engine>> OpenLocalEngine(const std::string& folder,
                                                        const std::string& run,
                                                        const EngineOptions& options);

}  // namespace hir

#endif  // HIR_GENERATE_OPEN_ENGINE_H_
