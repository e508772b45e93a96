#define HIR_INSTRUCTION_SET kAvx512Bf16
#include "hir/kernels/matmul_impl.h"
