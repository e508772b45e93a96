#include "hir/supervisor/restart_history.h"

#include <algorithm>

namespace hir {

std::optional<absl::Duration> RestartHistory::Died(absl::Time now) {
  ++deaths_;
  failed_starts_ = up() ? 0 : failed_starts_ + 1;
  if (up() && now - *ready_at_ >= policy_.forgiven_after) unforgiven_ = 0;
  ready_at_.reset();
  if (failed_starts_ >= policy_.failed_starts) return std::nullopt;
  // 2^20 times the first pause exceeds any sensible longest_pause.
  const int doublings = std::min(unforgiven_++, 20);
  return std::min(policy_.first_pause * (1 << doublings), policy_.longest_pause);
}

}  // namespace hir
