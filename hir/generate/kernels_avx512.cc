#define HIR_KERNELS_FLOAT kAvx512Float
#define HIR_KERNELS_BF16 kAvx512Bf16
#include "hir/generate/kernels_impl.h"
