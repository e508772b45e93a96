// The device that a model computes on.
#ifndef HIR_MODEL_DEVICE_H_
#define HIR_MODEL_DEVICE_H_

#include <ATen/ATen.h>

#include "absl/status/statusor.h"
#include "hir/base/compute_choices.h"

namespace hir {

// Number of GPUs that Torch can use in this process: 0 in a build without CUDA and on a machine
// without a GPU. CUDA_VISIBLE_DEVICES limits it.
int CountGpus();

// The device that `choice` means for process number `rank` of those that share a machine's `gpus`
// GPUs (see CountGpus()), which are assigned round-robin. kAuto is a GPU if there is one.
// INVALID_ARGUMENT: kCuda without a GPU. REQUIRES: rank >= 0.
absl::StatusOr<at::Device> ChooseDevice(DeviceChoice choice, int gpus, int rank = 0);

}  // namespace hir

#endif  // HIR_MODEL_DEVICE_H_
