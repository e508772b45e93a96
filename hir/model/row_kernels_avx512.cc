#define HIR_KERNELS_FLOAT kAvx512Float
#define HIR_KERNELS_BF16 kAvx512Bf16
#include "hir/model/row_kernels_impl.h"
