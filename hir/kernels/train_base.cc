#define HIR_INSTRUCTION_SET kBase
#include "hir/kernels/train_impl.h"
