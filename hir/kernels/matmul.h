// Matrix products of the decoder: CpuKernels<MatmulKernels<T>>() are those for this processor.
//
// Weights are packed once, so that a product reads them as one stream; they are by far the most
// that a decode step reads. `T` is float or Bf16; products are summed in float32, with one rounding
// where a value is stored. Every sum has one accumulator that takes the inputs in ascending order,
// whatever the number of rows and wherever a row lies among them, so a row's outputs depend, bit
// for bit, on that row only. (Sums of different instruction sets may differ.) The instruction set
// kAvx512Bf16 takes bf16 values below 2^-126 as zero, as its processors do. All functions are pure
// and thread-safe.
#ifndef HIR_KERNELS_MATMUL_H_
#define HIR_KERNELS_MATMUL_H_

#include <cstdint>

#include "hir/kernels/bf16.h"

namespace hir::kernels {

// Outputs whose weights are packed side by side.
inline constexpr int64_t kBlockOutputs = 64;
// The smallest share of a product, in packed outputs; divides kBlockOutputs.
inline constexpr int64_t kShareOutputs = 32;

// Adjacent inputs of one output that are packed side by side: what one instruction takes.
template <typename T>
inline constexpr int64_t kPackedInputs = 4 / static_cast<int64_t>(sizeof(T));

// Elements of packed weights of `outputs` packed outputs (see PackedOutputs) and `inputs`.
template <typename T>
constexpr int64_t PackedElements(int64_t outputs, int64_t inputs) {
  const int64_t groups = (inputs + kPackedInputs<T> - 1) / kPackedInputs<T>;
  const int64_t blocks = (outputs + kBlockOutputs - 1) / kBlockOutputs;
  return blocks * groups * kPackedInputs<T> * kBlockOutputs;
}

// What becomes of the sums.
enum class Finish {
  kStore,     // out = sum + bias.
  kAdd,       // out += sum + bias, where sum + bias is rounded first.
  kGate,      // out = silu(gate) * up, gate and up rounded first; see Matmul::outputs.
  kGateGelu,  // The same with gelu, in its form with tanh.
  kToFloat,   // As kStore, but to float32, without rounding.
};

// y = x W^T + b.
template <typename T>
struct Matmul {
  // [blocks of outputs][groups of inputs][kBlockOutputs][kPackedInputs], zero where a block or a
  // group is not full; aligned to 64 bytes.
  const T* weights;
  const T* bias;  // [outputs], or null. Not with a gate.
  int64_t inputs;
  // With a gate, packed outputs alternate: 16 gates, the 16 ups that belong to them, and so on,
  // padded to a multiple of 32; `outputs` is the number of gates.
  int64_t outputs;
  const T* x;  // [rows, inputs]
  int64_t rows;
  Finish finish;
  void* out;  // [rows, outputs] of T, or of float for kToFloat.
  // Memory that the caller reads next, fetched into the cache meanwhile; may be null.
  const void* next;
  int64_t next_bytes;
};

// Whether the outputs are products of gates and ups.
constexpr bool IsGated(Finish finish) {
  return finish == Finish::kGate || finish == Finish::kGateGelu;
}

// The number of outputs in the packed weights of a product.
constexpr int64_t PackedOutputs(int64_t outputs, Finish finish) {
  return IsGated(finish) ? (outputs + 15) / 16 * 32 : outputs;
}

template <typename T>
struct MatmulKernels {
  // Computes the packed outputs [begin, end) of all rows. REQUIRES: begin is a multiple of
  // kShareOutputs, and so is end, unless it is the last.
  void (*multiply)(const Matmul<T>& matmul, int64_t begin, int64_t end);

  // Finishes sums [rows, kBlockOutputs] that the caller computed: those of the packed outputs from
  // `begin` (a multiple of kBlockOutputs) and of the rows from `first_row`.
  void (*finish)(const Matmul<T>& matmul, const float* sums, int64_t begin, int64_t first_row,
                 int64_t rows);
};

}  // namespace hir::kernels

#endif  // HIR_KERNELS_MATMUL_H_
