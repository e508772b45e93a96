#define HIR_KERNELS_FLOAT kBaseFloat
#define HIR_KERNELS_BF16 kBaseBf16
#include "hir/model/row_kernels_impl.h"
