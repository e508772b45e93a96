#include "hir/model/device.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hir {

int CountGpus() { return static_cast<int>(at::getNumGPUs()); }

absl::StatusOr<at::Device> ChooseDevice(DeviceChoice choice, int gpus, int rank) {
  if (choice == DeviceChoice::kCpu || (choice == DeviceChoice::kAuto && gpus == 0)) {
    return at::Device(at::kCPU);
  }
  if (gpus == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("model.device is \"", WordOf(choice),
                     "\", but Torch finds no GPU; set it to \"auto\" or \"cpu\", or use a build "
                     "with CUDA on a machine with a GPU"));
  }
  return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(rank % gpus));
}

}  // namespace hir
