#include "hir/generate/prompt_rows.h"

#include <algorithm>
#include <numeric>

namespace hir {

std::vector<int64_t> ShareRows(absl::Span<const PromptLeft> prompts, int64_t rows,
                               int64_t scored_rows) {
  std::vector<int64_t> shares(prompts.size());
  if (prompts.empty()) return shares;
  const auto give = [&](size_t i, int64_t most) {
    int64_t more = std::min({prompts[i].tokens - shares[i], most, rows});
    if (prompts[i].scored) {
      more = std::min(more, scored_rows);
      scored_rows -= more;
    }
    rows -= more;
    shares[i] += more;
  };
  give(0, (rows + 1) / 2);
  std::vector<size_t> order(prompts.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return prompts[a].tokens - shares[a] < prompts[b].tokens - shares[b];
  });
  for (const size_t i : order) give(i, rows);
  return shares;
}

}  // namespace hir
