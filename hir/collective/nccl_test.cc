// NCCL between two GPUs of one machine; skipped elsewhere.
#include <c10/cuda/CUDAFunctions.h>

#include "hir/collective/process_group_cases.h"

namespace hir {
namespace {

absl::StatusOr<std::unique_ptr<ProcessGroup>> JoinOnOwnDevice(const ProcessGroupOptions& options) {
  c10::cuda::set_device(static_cast<c10::DeviceIndex>(options.rank));
  return JoinNcclGroup(options);
}

INSTANTIATE_TEST_SUITE_P(
    Ways, ProcessGroupTest,
    testing::Values(WayOfJoining{"NcclWithTensorsOfTheCpu", JoinOnOwnDevice, at::kCPU, 2},
                    WayOfJoining{"NcclWithTensorsOfTheDevice", JoinOnOwnDevice, at::kCUDA, 2}),
    NameOf);

}  // namespace
}  // namespace hir
