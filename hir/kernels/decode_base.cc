#define HIR_INSTRUCTION_SET kBase
#include "hir/kernels/decode_impl.h"
