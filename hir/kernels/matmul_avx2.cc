#define HIR_INSTRUCTION_SET kAvx2
#include "hir/kernels/matmul_impl.h"
