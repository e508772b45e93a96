#include "hir/generate/kernels.h"

namespace hir {

// Defined by the three files that include kernels_impl.h; the argument only picks the overload.
const RowKernels<float>& BaseKernels(float);
const RowKernels<Bf16>& BaseKernels(Bf16);
const RowKernels<float>& Avx2Kernels(float);
const RowKernels<Bf16>& Avx2Kernels(Bf16);
const RowKernels<float>& Avx512Kernels(float);
const RowKernels<Bf16>& Avx512Kernels(Bf16);

namespace {

template <typename T>
const RowKernels<T>& Choose() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return Avx512Kernels(T{});
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Avx2Kernels(T{});
#endif
  return BaseKernels(T{});
}

}  // namespace

template <>
const RowKernels<float>& CpuKernels<float>() {
  static const RowKernels<float>& kernels = Choose<float>();
  return kernels;
}

template <>
const RowKernels<Bf16>& CpuKernels<Bf16>() {
  static const RowKernels<Bf16>& kernels = Choose<Bf16>();
  return kernels;
}

}  // namespace hir
