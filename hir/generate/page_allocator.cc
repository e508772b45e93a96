#include "hir/generate/page_allocator.h"

#include <algorithm>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hir {

absl::StatusOr<int32_t> CountPages(int64_t cache_bytes, int64_t page_bytes, int64_t page_tokens) {
  const int64_t pages =
      std::min<int64_t>(cache_bytes / page_bytes, std::numeric_limits<int32_t>::max());
  if (pages < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("the cache of ", cache_bytes, " bytes is smaller than a page of ", page_tokens,
                     " tokens, which takes ", page_bytes, "; raise rollout.kv_cache_gb"));
  }
  return static_cast<int32_t>(pages);
}

}  // namespace hir
