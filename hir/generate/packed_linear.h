// A matrix product with weights that are rearranged once for the processor's matrix units.
#ifndef HIR_GENERATE_PACKED_LINEAR_H_
#define HIR_GENERATE_PACKED_LINEAR_H_

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace hir {

// Activations have a multiple of this many rows: buffers have room for RoundUpRows() rows, and rows
// past the last real one hold any finite values.
inline constexpr int64_t kRowMultiple = 16;
// The least multiple of kRowMultiple that is at least `rows`.
inline int64_t RoundUpRows(int64_t rows) {
  return (rows + kRowMultiple - 1) / kRowMultiple * kRowMultiple;
}

// y = x W^T + b on a CPU for `T` float or kernels::Bf16. Each row of y depends on its own row of x
// only. Packed, products are summed in float32 and do not depend on how many rows there are; a
// processor for which Torch has no bf16 kernel of that kind (it wants AMX) takes Torch's ordinary
// product, which promises neither. Immutable; thread-safe.
template <typename T>
class PackedLinear {
 public:
  PackedLinear() = default;
  // Stacks matrices [out_i, in] of type T into one. `biases`: one per matrix, or undefined. Keeps
  // only copies.
  PackedLinear(const std::vector<at::Tensor>& matrices, const std::vector<at::Tensor>& biases);

  // x [RoundUpRows(rows), inputs], y [RoundUpRows(rows), outputs], both contiguous. Spreads the
  // outputs over Torch's threads.
  void Run(const T* x, int64_t rows, T* y) const;
  // Like Run(), but if packed, without rounding the result to T.
  void RunToFloat(const T* x, int64_t rows, float* y) const;

 private:
  template <typename Out>
  void RunBlocks(const T* x, int64_t rows, Out* y) const;

  int64_t inputs_ = 0;
  int64_t outputs_ = 0;
  bool packed_ = false;  // Else blocks_ is row-major [outputs, inputs].
  at::Tensor blocks_;    // [blocks, inputs, kBlock] in the layout of the matrix units.
  at::Tensor bias_;      // [outputs] of type T, or undefined.
};

}  // namespace hir

#endif  // HIR_GENERATE_PACKED_LINEAR_H_
