#include "hir/generate/kernels.h"

#include "hir/model/widest_kernels.h"

namespace hir {

template <>
const RowKernels<float>& CpuKernels<float>() {
  static const RowKernels<float>& kernels = WidestKernels(kBaseFloat, kAvx2Float, kAvx512Float);
  return kernels;
}

template <>
const RowKernels<Bf16>& CpuKernels<Bf16>() {
  static const RowKernels<Bf16>& kernels = WidestKernels(kBaseBf16, kAvx2Bf16, kAvx512Bf16);
  return kernels;
}

}  // namespace hir
