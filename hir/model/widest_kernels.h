// The choice between builds of the same kernels for several instruction sets.
#ifndef HIR_MODEL_WIDEST_KERNELS_H_
#define HIR_MODEL_WIDEST_KERNELS_H_

namespace hir {

// The widest of the three that this processor runs. What is asked for here is what their files are
// compiled with.
template <typename Kernels>
const Kernels& WidestKernels(const Kernels& base, [[maybe_unused]] const Kernels& avx2,
                             [[maybe_unused]] const Kernels& avx512) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("fma")) {
    return avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2;
#endif
  return base;
}

}  // namespace hir

#endif  // HIR_MODEL_WIDEST_KERNELS_H_
