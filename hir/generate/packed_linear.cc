#include "hir/generate/packed_linear.h"

#include <ATen/native/CPUBlas.h>

#include <algorithm>
#include <type_traits>

#include "hir/kernels/dispatch.h"
#include "hir/kernels/pack.h"

namespace hir {
namespace {

using kernels::CpuKernels;
using kernels::Finish;
using kernels::kBlockOutputs;
using kernels::Matmul;
using kernels::MatmulKernels;

// How much of the next product's weights is fetched ahead: what memory delivers to a core during
// the small operations between two products, and a fraction of the cache of a core.
constexpr int64_t kFetchAheadBytes = 128 << 10;

// Matrix units compute this many rows at once, and take as long for fewer.
constexpr int64_t kMatrixUnitRows = 16;
constexpr int64_t kChunkRows = 64;  // Whose sums of a block stay in the cache.

// Whether Torch has a kernel for this processor's bf16 matrix units (AMX). They take the same
// packed weights.
template <typename T>
bool HasMatrixUnits(int64_t inputs) {
  if constexpr (std::is_same_v<T, float>) return false;
  static const bool can_pack = at::native::cpublas::could_pack(at::kBFloat16);
  return can_pack && inputs % 2 == 0;
}

// The weights of output `row` of all matrices; null for -1.
template <typename T>
const T* RowOf(const std::vector<Matrix<T>>& matrices, int64_t inputs, int64_t row) {
  if (row < 0) return nullptr;
  auto matrix = matrices.begin();
  for (; row >= matrix->outputs; ++matrix) row -= matrix->outputs;
  return matrix->weights + row * inputs;
}

}  // namespace

template <typename T>
PackedLinear<T>::PackedLinear(int64_t inputs, int64_t outputs, Finish finish)
    : inputs_(inputs), outputs_(outputs), finish_(finish) {}

template <typename T>
int64_t PackedLinear<T>::elements() const {
  return kernels::PackedElements<T>(packed_outputs(), inputs_);
}

template <typename T>
int64_t PackedLinear<T>::PlainOutput(int64_t packed_output) const {
  if (!kernels::IsGated(finish_)) return packed_output < outputs_ ? packed_output : -1;
  const int64_t gate = packed_output / 32 * 16 + packed_output % 16;
  if (gate >= outputs_) return -1;
  return packed_output % 32 < 16 ? gate : outputs_ + gate;
}

template <typename T>
void PackedLinear<T>::Pack(const std::vector<Matrix<T>>& matrices, ThreadTeam& team) {
  if (matrices[0].bias != nullptr) bias_.resize(outputs_);
  T* bias = bias_.data();
  for (const Matrix<T>& matrix : matrices) {
    if (matrix.bias != nullptr) bias = std::copy_n(matrix.bias, matrix.outputs, bias);
  }
  const int64_t blocks = (packed_outputs() + kBlockOutputs - 1) / kBlockOutputs;
  team.Run([&](int member) {
    const Share share = ShareOf(blocks, member, team.size());
    for (int64_t b = share.begin; b < share.end; ++b) {
      const T* rows[kBlockOutputs];
      for (int64_t i = 0; i < kBlockOutputs; ++i) {
        rows[i] = RowOf(matrices, inputs_, PlainOutput(b * kBlockOutputs + i));
      }
      kernels::PackBlock(rows, inputs_, weights_ + b * block_elements());
    }
  });
}

template <typename T>
Share PackedLinear<T>::ShareOfMember(int member, int members) const {
  return ShareOf(packed_outputs(), member, members, kernels::kShareOutputs);
}

template <typename T>
void PackedLinear<T>::Run(const T* x, int64_t rows, void* y, int member, int members,
                          const PackedLinear* next) const {
  Matmul<T> matmul = {.weights = weights_,
                      .bias = bias_.empty() ? nullptr : bias_.data(),
                      .inputs = inputs_,
                      .outputs = outputs_,
                      .x = x,
                      .rows = rows,
                      .finish = finish_,
                      .out = y,
                      .next = nullptr,
                      .next_bytes = 0};
  if (rows >= kMatrixUnitRows && HasMatrixUnits<T>(inputs_)) {
    return RunOnMatrixUnits(matmul, member, members);
  }
  if (next != nullptr) {
    const Share share = next->ShareOfMember(member, members);
    const int64_t blocks = (share.end - share.begin + kBlockOutputs - 1) / kBlockOutputs;
    matmul.next = next->weights_ + share.begin / kBlockOutputs * next->block_elements();
    matmul.next_bytes = std::min<int64_t>(
        kFetchAheadBytes, blocks * next->block_elements() * static_cast<int64_t>(sizeof(T)));
  }
  const Share share = ShareOfMember(member, members);
  if (share.begin < share.end) {
    CpuKernels<MatmulKernels<T>>().multiply(matmul, share.begin, share.end);
  }
}

template <typename T>
void PackedLinear<T>::RunOnMatrixUnits(const Matmul<T>& matmul, int member, int members) const {
  using E = std::conditional_t<std::is_same_v<T, float>, float, at::BFloat16>;
  alignas(64) float sums[kChunkRows * kBlockOutputs];
  const Share share = ShareOf(packed_outputs(), member, members, kBlockOutputs);
  for (int64_t o = share.begin; o < share.end; o += kBlockOutputs) {
    const T* block = weights_ + o / kBlockOutputs * block_elements();
    for (int64_t row = 0; row < matmul.rows; row += kChunkRows) {
      const int64_t rows = std::min(kChunkRows, matmul.rows - row);
      at::native::cpublas::brgemm(rows, kBlockOutputs, inputs_, inputs_, kBlockOutputs,
                                  kBlockOutputs, false,
                                  reinterpret_cast<const E*>(matmul.x + row * inputs_),
                                  reinterpret_cast<const E*>(block), sums, /*is_vnni=*/true);
      CpuKernels<MatmulKernels<T>>().finish(matmul, sums, o, row, rows);
    }
  }
  at::native::cpublas::brgemm_release(true);
}

template <typename T>
void PackedLinear<T>::CopyWeights(int64_t output, T* out) const {
  kernels::UnpackOutput(weights_, inputs_, output, out);
}

template class PackedLinear<float>;
template class PackedLinear<kernels::Bf16>;

}  // namespace hir
