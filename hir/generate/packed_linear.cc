#include "hir/generate/packed_linear.h"

#include <ATen/Parallel.h>
#include <ATen/native/CPUBlas.h>

#include <algorithm>
#include <type_traits>

#include "hir/kernels/decode.h"
#include "hir/kernels/dispatch.h"

namespace hir {
namespace {

using kernels::CpuKernels;
using kernels::DecodeKernels;

constexpr int64_t kBlock = 64;      // Outputs computed together.
constexpr int64_t kChunkRows = 64;  // Rows computed together: a block's results stay in the cache.

template <typename T>
using TorchType = std::conditional_t<std::is_same_v<T, float>, float, at::BFloat16>;

template <typename T>
constexpr at::ScalarType kScalar = std::is_same_v<T, float> ? at::kFloat : at::kBFloat16;

// bfloat16 matrix units take pairs of adjacent inputs; if Torch has no such kernel for this
// processor, its ordinary product is used.
template <typename T>
bool CanPack(int64_t inputs) {
  if constexpr (std::is_same_v<T, float>) return true;
  return inputs % 2 == 0 && at::native::cpublas::could_pack(at::kBFloat16);
}

// [outputs, inputs] -> [blocks, inputs, kBlock]; for bfloat16 [blocks, inputs / 2, kBlock, 2].
template <typename T>
at::Tensor PackBlocks(const at::Tensor& matrix) {
  const int64_t outputs = matrix.size(0);
  const int64_t inputs = matrix.size(1);
  const int64_t blocks = (outputs + kBlock - 1) / kBlock;
  at::Tensor padded = at::zeros({blocks * kBlock, inputs}, matrix.options());
  padded.narrow(0, 0, outputs).copy_(matrix);
  if constexpr (std::is_same_v<T, float>) {
    return padded.view({blocks, kBlock, inputs}).transpose(1, 2).contiguous();
  }
  return padded.view({blocks, kBlock, inputs / 2, 2}).permute({0, 2, 1, 3}).contiguous();
}

template <typename T>
void Multiply(int64_t rows, int64_t inputs, int64_t ld_out, const T* x, const T* block,
              float* out) {
  using E = TorchType<T>;
  at::native::cpublas::brgemm(rows, kBlock, inputs, inputs, kBlock, ld_out, false,
                              reinterpret_cast<const E*>(x), reinterpret_cast<const E*>(block), out,
                              /*is_vnni=*/!std::is_same_v<T, float>);
}

}  // namespace

template <typename T>
PackedLinear<T>::PackedLinear(const std::vector<at::Tensor>& matrices,
                              const std::vector<at::Tensor>& biases) {
  const at::Tensor stacked = matrices.size() == 1 ? matrices[0] : at::cat(matrices);
  inputs_ = stacked.size(1);
  outputs_ = stacked.size(0);
  packed_ = CanPack<T>(inputs_);
  blocks_ = packed_ ? PackBlocks<T>(stacked) : stacked.clone(at::MemoryFormat::Contiguous);
  if (!biases.empty() && biases[0].defined()) bias_ = at::cat(biases);
}

template <typename T>
template <typename Out>
void PackedLinear<T>::RunBlocks(const T* x, int64_t rows, Out* y) const {
  const int64_t blocks = (outputs_ + kBlock - 1) / kBlock;
  const T* weights = static_cast<const T*>(blocks_.const_data_ptr());
  const T* bias = bias_.defined() ? static_cast<const T*>(bias_.const_data_ptr()) : nullptr;
  const int64_t all_rows = RoundUpRows(rows);
  at::parallel_for(0, blocks, 1, [&](int64_t begin, int64_t end) {
    alignas(64) float results[kChunkRows * kBlock];
    for (int64_t b = begin; b < end; ++b) {
      const int64_t width = std::min(kBlock, outputs_ - b * kBlock);
      for (int64_t r = 0; r < all_rows; r += kChunkRows) {
        const int64_t chunk = std::min(kChunkRows, all_rows - r);
        Multiply(chunk, inputs_, kBlock, x + r * inputs_, weights + b * kBlock * inputs_, results);
        for (int64_t i = 0; i < chunk; ++i) {
          Out* out = y + (r + i) * outputs_ + b * kBlock;
          if constexpr (std::is_same_v<Out, T>) {
            CpuKernels<DecodeKernels<T>>().store(results + i * kBlock,
                                                 bias ? bias + b * kBlock : nullptr, width, out);
          } else {
            std::copy_n(results + i * kBlock, width, out);
          }
        }
      }
    }
    at::native::cpublas::brgemm_release(!std::is_same_v<T, float>);
  });
}

template <typename T>
void PackedLinear<T>::Run(const T* x, int64_t rows, T* y) const {
  if (packed_) return RunBlocks(x, rows, y);
  const auto options = at::TensorOptions().dtype(kScalar<T>);
  const at::Tensor in = at::from_blob(const_cast<T*>(x), {RoundUpRows(rows), inputs_}, options);
  at::Tensor out = at::from_blob(y, {RoundUpRows(rows), outputs_}, options);
  out.copy_(at::linear(in, blocks_, bias_));
}

template <typename T>
void PackedLinear<T>::RunToFloat(const T* x, int64_t rows, float* y) const {
  if (packed_) return RunBlocks(x, rows, y);
  const at::Tensor in = at::from_blob(const_cast<T*>(x), {RoundUpRows(rows), inputs_},
                                      at::TensorOptions().dtype(kScalar<T>));
  at::Tensor out = at::from_blob(y, {RoundUpRows(rows), outputs_}, at::kFloat);
  out.copy_(at::linear(in, blocks_, bias_));
}

template class PackedLinear<float>;
template class PackedLinear<kernels::Bf16>;

}  // namespace hir
