#include "hir/kernels/dispatch.h"

namespace hir::kernels {

bool IsSupported(InstructionSet set) {
  switch (set) {
    case InstructionSet::kBase:
      return true;
#if defined(__x86_64__)
    case InstructionSet::kAvx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case InstructionSet::kAvx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("fma");
    case InstructionSet::kAvx512Bf16:
      return IsSupported(InstructionSet::kAvx512) && __builtin_cpu_supports("avx512bf16");
#else
    case InstructionSet::kAvx2:
    case InstructionSet::kAvx512:
    case InstructionSet::kAvx512Bf16:
      return false;
#endif
  }
  return false;
}

InstructionSet WidestInstructionSet() {
  if (IsSupported(InstructionSet::kAvx512Bf16)) return InstructionSet::kAvx512Bf16;
  if (IsSupported(InstructionSet::kAvx512)) return InstructionSet::kAvx512;
  if (IsSupported(InstructionSet::kAvx2)) return InstructionSet::kAvx2;
  return InstructionSet::kBase;
}

}  // namespace hir::kernels
