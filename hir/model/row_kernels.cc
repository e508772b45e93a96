#include "hir/model/row_kernels.h"

namespace hir::model_kernels {
namespace {

template <typename T>
const RowKernels<T>& Widest(const RowKernels<T>& base, const RowKernels<T>& avx2,
                            const RowKernels<T>& avx512) {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
    return avx512;
  }
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? avx2 : base;
}

}  // namespace

template <>
const RowKernels<float>& Kernels<float>() {
  static const RowKernels<float>& kernels = Widest(kBaseFloat, kAvx2Float, kAvx512Float);
  return kernels;
}

template <>
const RowKernels<Bf16>& Kernels<Bf16>() {
  static const RowKernels<Bf16>& kernels = Widest(kBaseBf16, kAvx2Bf16, kAvx512Bf16);
  return kernels;
}

}  // namespace hir::model_kernels
