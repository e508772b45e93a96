// Row kernels compiled for the instruction set named in CMakeLists.txt.
#define HIR_KERNEL_FACTORY Avx2Kernels
#include "hir/generate/kernels_impl.h"
