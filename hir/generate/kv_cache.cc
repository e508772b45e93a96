#include "hir/generate/kv_cache.h"

#include <cstring>
#include <new>

namespace hir {

void* PagePool::Allocate() {
  const size_t bytes = static_cast<size_t>((page_bytes_ + 63) / 64 * 64);
  void* page = std::aligned_alloc(64, bytes);
  if (page == nullptr) throw std::bad_alloc();
  // Attention reads whole pages and masks invalid tokens, which therefore must be finite.
  std::memset(page, 0, bytes);
  owned_.emplace_back(page);
  return page;
}

}  // namespace hir
