// Pages of cached keys and values on the CPU, and the states made of them.
#ifndef HIR_GENERATE_KV_CACHE_H_
#define HIR_GENERATE_KV_CACHE_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "hir/generate/decoder.h"
#include "hir/generate/large_memory.h"
#include "hir/generate/page_allocator.h"
#include "hir/kernels/decode.h"
#include "hir/model_folder/architecture.h"

namespace hir {

// Shape of a page: kernels::kPageTokens tokens of every layer and key-value head. For each (layer,
// head) the keys come in the layout of kernels::KvSegment, then the values [kPageTokens, head_dim].
struct PageShape {
  int64_t kv_heads;
  int64_t head_dim;
  int64_t layers;

  int64_t HeadElements() const { return 2 * head_dim * kernels::kPageTokens; }
  int64_t Elements() const { return layers * kv_heads * HeadElements(); }
  int64_t Keys(int64_t layer, int64_t head) const {
    return (layer * kv_heads + head) * HeadElements();
  }
  int64_t Values(int64_t layer, int64_t head) const {
    return Keys(layer, head) + head_dim * kernels::kPageTokens;
  }
};

// The memory of a cache. A page takes memory of the machine when it is first written to. Not
// thread-safe.
class PageMemory {
 public:
  // REQUIRES: capacity > 0. Throws std::bad_alloc if the machine does not allow so much.
  PageMemory(int64_t page_bytes, int32_t capacity);
  PageMemory(const PageMemory&) = delete;
  PageMemory& operator=(const PageMemory&) = delete;

  PageAllocator& allocator() { return allocator_; }
  const PageAllocator& allocator() const { return allocator_; }
  // Aligned to 64 bytes; zero before its first use, then with its old content.
  void* At(int32_t page) const { return static_cast<char*>(memory_.data()) + page * page_bytes_; }

 private:
  int64_t page_bytes_;
  PageAllocator allocator_;
  LargeMemory memory_;
};

template <typename T>
class PagedState : public KvState {
 public:
  // Holds pages for `max_tokens` tokens of its own. `memory` must outlive the state and have them
  // free.
  PagedState(PageMemory& memory, std::shared_ptr<const PagedState> prefix, int64_t max_tokens)
      : KvState(prefix ? prefix->tokens() : 0),
        memory_(memory),
        prefix_(std::move(prefix)),
        prefix_tokens_(tokens_),
        pages_(memory.allocator().Take((max_tokens + kernels::kPageTokens - 1) /
                                       kernels::kPageTokens)) {}
  ~PagedState() override { memory_.allocator().Give(pages_); }

  // Adds a token, whose keys and values are to be stored. REQUIRES: fewer than max_tokens own ones.
  void Grow() { ++tokens_; }

  // The page of own token `position` (counted from the start of the sequence).
  T* PageOf(int64_t position) const {
    return Page((position - prefix_tokens_) / kernels::kPageTokens);
  }
  int SlotOf(int64_t position) const {
    return static_cast<int>((position - prefix_tokens_) % kernels::kPageTokens);
  }

  // Appends (page, valid tokens) for positions [0, end), in order.
  void AppendPages(int64_t end, std::vector<std::pair<const T*, int>>& out) const {
    if (prefix_) prefix_->AppendPages(prefix_tokens_, out);
    int64_t left = end - prefix_tokens_;
    for (int64_t i = 0; left > 0; ++i, left -= kernels::kPageTokens) {
      out.emplace_back(Page(i),
                       static_cast<int>(left < kernels::kPageTokens ? left : kernels::kPageTokens));
    }
  }

 private:
  T* Page(int64_t i) const { return static_cast<T*>(memory_.At(pages_[i])); }

  PageMemory& memory_;
  std::shared_ptr<const PagedState> prefix_;
  int64_t prefix_tokens_;
  std::vector<int32_t> pages_;
};

}  // namespace hir

#endif  // HIR_GENERATE_KV_CACHE_H_
