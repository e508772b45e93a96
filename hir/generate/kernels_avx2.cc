#define HIR_KERNELS_FLOAT kAvx2Float
#define HIR_KERNELS_BF16 kAvx2Bf16
#include "hir/generate/kernels_impl.h"
