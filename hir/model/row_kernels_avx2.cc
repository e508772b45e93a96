#define HIR_KERNELS_FLOAT kAvx2Float
#define HIR_KERNELS_BF16 kAvx2Bf16
#include "hir/model/row_kernels_impl.h"
