// The storage type of bfloat16 values, for code without a tensor library.
#ifndef HIR_KERNELS_BF16_H_
#define HIR_KERNELS_BF16_H_

#include <cstdint>

namespace hir::kernels {

// The upper half of a float32. Bit-compatible with the tensor library's type.
struct Bf16 {
  uint16_t bits;
};

}  // namespace hir::kernels

#endif  // HIR_KERNELS_BF16_H_
