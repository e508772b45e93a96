// Chooses a decoder and its device.
#ifndef HIR_GENERATE_MAKE_DECODER_H_
#define HIR_GENERATE_MAKE_DECODER_H_

#include <ATen/ATen.h>

#include "absl/status/statusor.h"
#include "hir/engine/engine.h"

namespace hir {

// The device of the decoder that `options` ask for, on a machine with `gpus` GPUs.
// INVALID_ARGUMENT: CUDA without a GPU, or deterministic on a GPU.
absl::StatusOr<at::Device> DeviceFor(const EngineOptions& options, int gpus);

}  // namespace hir

#endif  // HIR_GENERATE_MAKE_DECODER_H_
