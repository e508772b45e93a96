// Hands out the pages of a cache by number.
#ifndef HIR_GENERATE_PAGE_ALLOCATOR_H_
#define HIR_GENERATE_PAGE_ALLOCATOR_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace hir {

// How many pages of `page_tokens` tokens a cache has. INVALID_ARGUMENT: not one.
absl::StatusOr<int32_t> CountPages(int64_t cache_bytes, int64_t page_bytes, int64_t page_tokens);

// Pages are numbered 0 to capacity() - 1. Those given back last are taken first, so that memory
// that was never touched stays so for as long as there is other. Not thread-safe.
class PageAllocator {
 public:
  // REQUIRES: capacity >= 0.
  explicit PageAllocator(int32_t capacity) : capacity_(capacity) {
    for (int32_t page = capacity; page > 0; --page) free_.push_back(page - 1);
  }
  PageAllocator(const PageAllocator&) = delete;
  PageAllocator& operator=(const PageAllocator&) = delete;

  int64_t capacity() const { return capacity_; }
  int64_t free() const { return static_cast<int64_t>(free_.size()); }

  // `count` pages in the order in which they are taken. REQUIRES: 0 <= count <= free().
  std::vector<int32_t> Take(int64_t count) {
    std::vector<int32_t> pages(free_.rbegin(), free_.rbegin() + count);
    free_.resize(free_.size() - static_cast<size_t>(count));
    return pages;
  }

  // REQUIRES: `pages` come from Take() and were not given back since.
  void Give(absl::Span<const int32_t> pages) {
    // In reverse, so that the first of them are again taken first: the last ones of a sequence are
    // those that it was least likely to use.
    free_.insert(free_.end(), pages.rbegin(), pages.rend());
  }

 private:
  int32_t capacity_;
  std::vector<int32_t> free_;  // Taken from the end.
};

}  // namespace hir

#endif  // HIR_GENERATE_PAGE_ALLOCATOR_H_
