// A decoder on the CPU with kernels of its own.
#ifndef HIR_GENERATE_CPU_DECODER_H_
#define HIR_GENERATE_CPU_DECODER_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "hir/generate/decoder.h"
#include "hir/model_folder/architecture.h"

namespace hir {

// Computes in the weights' own type (float32 or bfloat16), with at most `cache_bytes` of keys and
// values, on as many threads as Torch has in the process. A row's values don't depend on the other
// rows of its step, with the exception that packed_linear.h names. INVALID_ARGUMENT: `cache_bytes`
// have no room for one page.
absl::StatusOr<std::unique_ptr<Decoder>> MakeCpuDecoder(const Architecture& architecture,
                                                        const ModelWeights& weights,
                                                        int64_t cache_bytes);

}  // namespace hir

#endif  // HIR_GENERATE_CPU_DECODER_H_
