// When a service that died is started again, and when it is given up.
#ifndef HIR_CLUSTER_RESTART_HISTORY_H_
#define HIR_CLUSTER_RESTART_HISTORY_H_

#include <optional>

#include "absl/time/time.h"

namespace hir {

struct RestartPolicy {
  absl::Duration first_pause = absl::Milliseconds(500);  // Doubles from death to death,
  absl::Duration longest_pause = absl::Minutes(1);       // up to this.
  absl::Duration forgiven_after = absl::Minutes(3);      // Of life in which it could be used.
  int failed_starts = 5;  // So many in a row, and it can't come up at all.
};

// Of one service. It may die as often as it likes as long as it comes up in between. Not
// thread-safe.
class RestartHistory {
 public:
  explicit RestartHistory(const RestartPolicy& policy) : policy_(policy) {}

  // It was started; until Ready() it is not up.
  void Started() { ready_at_.reset(); }
  // It can be used.
  void Ready(absl::Time now) { ready_at_ = now; }
  bool up() const { return ready_at_.has_value(); }

  // It died: the pause before the next start, or nothing when it did not come up for too many
  // starts in a row.
  std::optional<absl::Duration> Died(absl::Time now);
  // Deaths so far.
  int deaths() const { return deaths_; }

 private:
  const RestartPolicy policy_;
  std::optional<absl::Time> ready_at_;
  int deaths_ = 0;
  int unforgiven_ = 0;     // Deaths since it lived long enough.
  int failed_starts_ = 0;  // In a row.
};

}  // namespace hir

#endif  // HIR_CLUSTER_RESTART_HISTORY_H_
