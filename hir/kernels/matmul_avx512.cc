#define HIR_INSTRUCTION_SET kAvx512
#include "hir/kernels/matmul_impl.h"
