#include <exception>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/machine_memory.h"
#include "hir/generate/cpu_decoder.h"
#include "hir/generate/decoder.h"

namespace hir {
namespace {

// A quarter of the memory: on one machine with the learner, which holds weights, gradients and
// optimizer state four times as large as the worker's weights.
int64_t CacheBytes(const EngineOptions& options) {
  return options.kv_cache_bytes > 0 ? options.kv_cache_bytes : MachineMemoryBytes() / 4;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Decoder>> MakeDecoder(const Architecture& architecture,
                                                     const ModelWeights& weights,
                                                     const EngineOptions& options) {
  const int64_t cache_bytes = CacheBytes(options);
  try {
    // Sums come out differently in batches of different size. If responses must not depend on
    // their neighbours, every batch is padded to the size of the largest.
    return MakeCpuDecoder(architecture, weights, cache_bytes,
                          options.deterministic ? options.max_running_sequences : 0);
  } catch (const std::exception& error) {
    return absl::ResourceExhaustedError(
        absl::StrCat("can't make room for the model and a cache of ", cache_bytes,
                     " bytes: ", error.what(), "; lower rollout.kv_cache_gb"));
  }
}

}  // namespace hir
