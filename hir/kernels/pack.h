// Rearranges weights into the packed form of matmul.h and back.
#ifndef HIR_KERNELS_PACK_H_
#define HIR_KERNELS_PACK_H_

#include <cstdint>

namespace hir::kernels {

// Writes one block of packed weights: `rows` holds the weights [inputs] of its kBlockOutputs
// outputs; null = zeros. `T` is float or Bf16. Thread-safe.
template <typename T>
void PackBlock(const T* const* rows, int64_t inputs, T* block);

// Copies the weights [inputs] of packed output `output` to `out`.
template <typename T>
void UnpackOutput(const T* weights, int64_t inputs, int64_t output, T* out);

}  // namespace hir::kernels

#endif  // HIR_KERNELS_PACK_H_
