#define HIR_KERNELS_FLOAT kBaseFloat
#define HIR_KERNELS_BF16 kBaseBf16
#include "hir/generate/kernels_impl.h"
