#define HIR_INSTRUCTION_SET kAvx512
#include "hir/kernels/train_impl.h"
