// The choice between builds of the same kernels for several instruction sets.
#ifndef HIR_KERNELS_DISPATCH_H_
#define HIR_KERNELS_DISPATCH_H_

namespace hir::kernels {

// What kernels are compiled for, narrowest first. The flags of each are in CMakeLists.txt.
enum class InstructionSet {
  kBase,
  kAvx2,
  kAvx512,
  kAvx512Bf16,  // With the instructions for products of bfloat16 pairs.
};

// Whether this processor has everything that the files of `set` are compiled with.
bool IsSupported(InstructionSet set);

// The last of the sets above that is supported.
InstructionSet WidestInstructionSet();

// The build of `Kernels` for `set`: a specialization that the file of that set defines.
template <typename Kernels, InstructionSet set>
const Kernels& CompiledFor();

// The same for a set that is known at run time. Its functions may be called if IsSupported(set).
template <typename Kernels>
const Kernels& KernelsFor(InstructionSet set) {
  switch (set) {
    case InstructionSet::kBase:
      break;
    case InstructionSet::kAvx2:
      return CompiledFor<Kernels, InstructionSet::kAvx2>();
    case InstructionSet::kAvx512:
      return CompiledFor<Kernels, InstructionSet::kAvx512>();
    case InstructionSet::kAvx512Bf16:
      return CompiledFor<Kernels, InstructionSet::kAvx512Bf16>();
  }
  return CompiledFor<Kernels, InstructionSet::kBase>();
}

// The widest build that this processor runs, chosen once.
template <typename Kernels>
const Kernels& CpuKernels() {
  static const Kernels& kernels = KernelsFor<Kernels>(WidestInstructionSet());
  return kernels;
}

}  // namespace hir::kernels

#endif  // HIR_KERNELS_DISPATCH_H_
