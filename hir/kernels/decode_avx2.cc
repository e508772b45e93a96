#define HIR_INSTRUCTION_SET kAvx2
#include "hir/kernels/decode_impl.h"
