#include "hir/generate/make_decoder.h"

#include <c10/core/CachingDeviceAllocator.h>

#include <exception>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/machine_memory.h"
#include "hir/base/status_macros.h"
#include "hir/generate/cpu_decoder.h"
#include "hir/generate/decoder.h"
#include "hir/generate/tensor_decoder.h"
#include "hir/model/device.h"

namespace hir {
namespace {

int64_t MemoryOf(at::Device device) {
  if (device.is_cpu()) return MachineMemoryBytes();
  const auto [free, total] = at::getDeviceAllocator(device.type())->getMemoryInfo(device.index());
  return static_cast<int64_t>(total);
}

// A quarter of the memory: on one machine with the learner, which holds weights, gradients and
// optimizer state four times as large as the worker's weights.
int64_t CacheBytes(const EngineOptions& options, at::Device device) {
  if (options.kv_cache_bytes > 0) return options.kv_cache_bytes;
  return MemoryOf(device) / 4 / options.cache_sharers;
}

}  // namespace

absl::StatusOr<at::Device> DeviceFor(const EngineOptions& options, int gpus) {
  HIR_ASSIGN_OR_RETURN(const at::Device device, ChooseDevice(options.device, gpus));
  if (options.deterministic && !device.is_cpu()) {
    return absl::InvalidArgumentError(
        absl::StrCat("rollout.deterministic needs the CPU, but model.device \"",
                     WordOf(options.device), "\" is a GPU here; set model.device to \"cpu\""));
  }
  return device;
}

absl::StatusOr<std::unique_ptr<Decoder>> MakeDecoder(const Architecture& architecture,
                                                     const ModelWeights& weights,
                                                     const EngineOptions& options) {
  HIR_ASSIGN_OR_RETURN(const at::Device device, DeviceFor(options, CountGpus()));
  const int64_t cache_bytes = CacheBytes(options, device);
  try {
    if (!device.is_cpu()) return MakeTensorDecoder(architecture, weights, device, cache_bytes);
    return MakeCpuDecoder(architecture, weights, cache_bytes);
  } catch (const std::exception& error) {
    return absl::ResourceExhaustedError(
        absl::StrCat("can't make room for the model and a cache of ", cache_bytes,
                     " bytes: ", error.what(), "; lower rollout.kv_cache_gb"));
  }
}

}  // namespace hir
