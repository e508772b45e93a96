// Decides when a service that died is restarted, and when to stop restarting it.
#ifndef HIR_SUPERVISOR_RESTART_HISTORY_H_
#define HIR_SUPERVISOR_RESTART_HISTORY_H_

#include <optional>

#include "absl/time/time.h"

namespace hir {

// How long to wait before a restart, and when to stop trying.
struct RestartPolicy {
  absl::Duration first_pause = absl::Milliseconds(500);  // Doubles with each death,
  absl::Duration longest_pause = absl::Minutes(1);       // up to this.
  absl::Duration forgiven_after =
      absl::Minutes(3);   // Deaths before a life of this length no longer count.
  int failed_starts = 5;  // This many failed starts in a row end the restarts.
};

// The restarts of one service. Deaths are not limited as long as the service becomes ready in
// between. Not thread-safe.
class RestartHistory {
 public:
  explicit RestartHistory(const RestartPolicy& policy) : policy_(policy) {}

  // Records a start; the service is not up until Ready().
  void Started() { ready_at_.reset(); }
  // Records that the service can be used.
  void Ready(absl::Time now) { ready_at_ = now; }
  bool up() const { return ready_at_.has_value(); }

  // Records a death. Returns the pause before the next start; nullopt after too many starts in a
  // row without Ready().
  std::optional<absl::Duration> Died(absl::Time now);
  // Deaths so far.
  int deaths() const { return deaths_; }

 private:
  const RestartPolicy policy_;
  std::optional<absl::Time> ready_at_;
  int deaths_ = 0;
  int unforgiven_ = 0;     // Deaths since it last lived for forgiven_after.
  int failed_starts_ = 0;  // In a row.
};

}  // namespace hir

#endif  // HIR_SUPERVISOR_RESTART_HISTORY_H_
