// Pages of cached keys and values on the CPU, and the states made of them.
#ifndef HIR_GENERATE_KV_CACHE_H_
#define HIR_GENERATE_KV_CACHE_H_

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "hir/generate/decoder.h"
#include "hir/kernels/decode.h"
#include "hir/model_folder/architecture.h"

namespace hir {

// Shape of a page: kernels::kPageTokens tokens of every layer and key-value head. For each (layer,
// head) the keys come transposed [head_dim, kPageTokens], so that scores of neighbouring tokens are
// computed side by side, then the values [kPageTokens, head_dim].
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

// Hands out pages and reuses those given back. Grows as needed; never shrinks. Not thread-safe.
class PagePool {
 public:
  explicit PagePool(int64_t page_bytes) : page_bytes_(page_bytes) {}
  PagePool(const PagePool&) = delete;
  PagePool& operator=(const PagePool&) = delete;

  // Zero-filled if new, else with its old content. Aligned to 64 bytes.
  void* Take() {
    if (free_.empty()) return Allocate();
    void* page = free_.back();
    free_.pop_back();
    return page;
  }
  void Give(void* page) { free_.push_back(page); }

 private:
  struct Freer {
    void operator()(void* page) const { std::free(page); }
  };
  void* Allocate();

  int64_t page_bytes_;
  std::vector<std::unique_ptr<void, Freer>> owned_;
  std::vector<void*> free_;
};

template <typename T>
class PagedState : public KvState {
 public:
  // `pool` must outlive the state.
  PagedState(PagePool& pool, std::shared_ptr<const PagedState> prefix)
      : KvState(prefix ? prefix->tokens() : 0), pool_(pool), prefix_(std::move(prefix)) {
    prefix_tokens_ = tokens_;
  }
  ~PagedState() override {
    for (T* page : pages_) pool_.Give(page);
  }

  // Makes room for one more token.
  void Grow() {
    if ((tokens_ - prefix_tokens_) % kernels::kPageTokens == 0)
      pages_.push_back(static_cast<T*>(pool_.Take()));
    ++tokens_;
  }

  // The page of own token `position` (counted from the start of the sequence).
  T* PageOf(int64_t position) const {
    return pages_[(position - prefix_tokens_) / kernels::kPageTokens];
  }
  int SlotOf(int64_t position) const {
    return static_cast<int>((position - prefix_tokens_) % kernels::kPageTokens);
  }

  // Appends (page, valid tokens) for positions [0, end), in order.
  void AppendPages(int64_t end, std::vector<std::pair<const T*, int>>& out) const {
    if (prefix_) prefix_->AppendPages(prefix_tokens_, out);
    int64_t left = end - prefix_tokens_;
    for (size_t i = 0; left > 0; ++i, left -= kernels::kPageTokens) {
      out.emplace_back(pages_[i],
                       static_cast<int>(left < kernels::kPageTokens ? left : kernels::kPageTokens));
    }
  }

 private:
  PagePool& pool_;
  std::shared_ptr<const PagedState> prefix_;
  int64_t prefix_tokens_ = 0;
  std::vector<T*> pages_;
};

}  // namespace hir

#endif  // HIR_GENERATE_KV_CACHE_H_
