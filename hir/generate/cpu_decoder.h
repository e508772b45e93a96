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
// values. With `fixed_rows` > 0 every Step() computes that many rows, so that a row's values do not
// depend on the number of rows. REQUIRES in that case: at most `fixed_rows` rows and requests per
// call. INVALID_ARGUMENT: `cache_bytes` have no room for one page.
absl::StatusOr<std::unique_ptr<Decoder>> MakeCpuDecoder(const Architecture& architecture,
                                                        const ModelWeights& weights,
                                                        int64_t cache_bytes,
                                                        int64_t fixed_rows = 0);

}  // namespace hir

#endif  // HIR_GENERATE_CPU_DECODER_H_
