#include "hir/generate/kv_cache.h"

#include <sys/mman.h>

#include <new>

namespace hir {

PageMemory::PageMemory(int64_t page_bytes, int32_t capacity)
    : page_bytes_((page_bytes + 63) / 64 * 64), allocator_(capacity) {
  // Anonymous memory costs nothing before it is touched, and is zero then: attention reads whole
  // pages and masks invalid tokens, which therefore must be finite.
  memory_ = mmap(nullptr, Bytes(), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory_ == MAP_FAILED) throw std::bad_alloc();
}

PageMemory::~PageMemory() { munmap(memory_, Bytes()); }

}  // namespace hir
