// A matrix product with weights that are rearranged once for this processor. Free of Torch's types.
#ifndef HIR_GENERATE_PACKED_LINEAR_H_
#define HIR_GENERATE_PACKED_LINEAR_H_

#include <cstdint>
#include <vector>

#include "hir/base/thread_team.h"
#include "hir/kernels/bf16.h"
#include "hir/kernels/matmul.h"

namespace hir {

// A matrix [outputs, inputs], row-major, and its bias [outputs] or null.
template <typename T>
struct Matrix {
  const T* weights;
  const T* bias;
  int64_t outputs;
};

// y = x W^T + b on a CPU for `T` float or kernels::Bf16, and what kernels::Finish says about y.
// Products are summed in float32. A row of y depends, bit for bit, on its own row of x only; the
// exception is bf16 on a processor with AMX, whose matrix units, used for many rows, sum in another
// order. Thread-safe after Pack().
template <typename T>
class PackedLinear {
 public:
  PackedLinear() = default;
  // `outputs` as kernels::Matmul::outputs: with a gate, the number of gates.
  PackedLinear(int64_t inputs, int64_t outputs, kernels::Finish finish);

  // Elements that the packed weights take.
  int64_t elements() const;
  // Where they are: memory for elements(), aligned to 64 bytes, that outlives this.
  void UseMemory(T* memory) { weights_ = memory; }

  // Packs matrices that together have the outputs of this product, one after the other; with a gate
  // the gate's and the up's. All have a bias, or none. Copies them into the memory that it has, so
  // only the first call can run out of memory.
  void Pack(const std::vector<Matrix<T>>& matrices, ThreadTeam& team);

  // Computes the share of `member` of a team of `members` of y [rows, outputs] for x
  // [rows, inputs]. While it does, it fetches the beginning of the same member's share of `next`,
  // if not null, into the cache.
  void Run(const T* x, int64_t rows, void* y, int member, int members,
           const PackedLinear* next) const;

  // Copies the weights [inputs] of one output.
  void CopyWeights(int64_t output, T* out) const;

 private:
  int64_t packed_outputs() const { return kernels::PackedOutputs(outputs_, finish_); }
  int64_t block_elements() const {
    return kernels::PackedElements<T>(kernels::kBlockOutputs, inputs_);
  }
  Share ShareOfMember(int member, int members) const;
  // The output of the matrices that a packed output is; -1 for padding.
  int64_t PlainOutput(int64_t packed_output) const;
  void RunOnMatrixUnits(const kernels::Matmul<T>& matmul, int member, int members) const;

  int64_t inputs_ = 0;
  int64_t outputs_ = 0;
  kernels::Finish finish_ = kernels::Finish::kStore;
  T* weights_ = nullptr;
  std::vector<T> bias_;  // Empty, or [outputs].
};

}  // namespace hir

#endif  // HIR_GENERATE_PACKED_LINEAR_H_
