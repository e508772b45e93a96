#define HIR_INSTRUCTION_SET kAvx512
#include "hir/kernels/decode_impl.h"
