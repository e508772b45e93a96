#include "hir/kernels/pack.h"

#include "hir/kernels/bf16.h"
#include "hir/kernels/matmul.h"

namespace hir::kernels {

template <typename T>
void PackBlock(const T* const* rows, int64_t inputs, T* block) {
  constexpr int64_t kGroup = kPackedInputs<T>;
  for (int64_t first = 0; first < inputs; first += kGroup) {
    T* group = block + first * kBlockOutputs;
    const int64_t count = inputs - first < kGroup ? inputs - first : kGroup;
    for (int64_t o = 0; o < kBlockOutputs; ++o) {
      for (int64_t i = 0; i < kGroup; ++i) {
        group[o * kGroup + i] = rows[o] != nullptr && i < count ? rows[o][first + i] : T{};
      }
    }
  }
}

template <typename T>
void UnpackOutput(const T* weights, int64_t inputs, int64_t output, T* out) {
  constexpr int64_t kGroup = kPackedInputs<T>;
  const T* column = weights + PackedElements<T>(output / kBlockOutputs * kBlockOutputs, inputs) +
                    output % kBlockOutputs * kGroup;
  for (int64_t i = 0; i < inputs; ++i) {
    out[i] = column[i / kGroup * kGroup * kBlockOutputs + i % kGroup];
  }
}

template void PackBlock(const float* const*, int64_t, float*);
template void PackBlock(const Bf16* const*, int64_t, Bf16*);
template void UnpackOutput(const float*, int64_t, int64_t, float*);
template void UnpackOutput(const Bf16*, int64_t, int64_t, Bf16*);

}  // namespace hir::kernels
