#include "hir/generate/kv_cache.h"

namespace hir {

// Attention reads whole pages and masks invalid tokens, which therefore must be finite: new memory
// is zero.
PageMemory::PageMemory(int64_t page_bytes, int32_t capacity)
    : page_bytes_((page_bytes + 63) / 64 * 64),
      allocator_(capacity),
      memory_(static_cast<size_t>(page_bytes_ * capacity)) {}

}  // namespace hir
