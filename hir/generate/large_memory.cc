#include "hir/generate/large_memory.h"

#include <sys/mman.h>

#include <new>
#include <utility>

#include "hir/base/machine_memory.h"

namespace hir {

LargeMemory::LargeMemory(size_t bytes) : bytes_(bytes) {
  if (bytes == 0) return;
  memory_ = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory_ == MAP_FAILED) throw std::bad_alloc();
  WishForLargePages(memory_, bytes);
}

LargeMemory& LargeMemory::operator=(LargeMemory&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

LargeMemory::~LargeMemory() {
  if (memory_ != nullptr) munmap(memory_, bytes_);
}

}  // namespace hir
