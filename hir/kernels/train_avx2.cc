#define HIR_INSTRUCTION_SET kAvx2
#include "hir/kernels/train_impl.h"
