#define HIR_INSTRUCTION_SET kBase
#include "hir/kernels/matmul_impl.h"
