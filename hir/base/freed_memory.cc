#include "hir/base/freed_memory.h"

#include <malloc.h>

namespace hir {

void KeepFreedMemory() {
#if defined(__GLIBC__)
  (void)mallopt(M_MMAP_MAX, 0);         // No mapping of its own for a large piece.
  (void)mallopt(M_TRIM_THRESHOLD, -1);  // The heap never shrinks.
#endif
}

}  // namespace hir
