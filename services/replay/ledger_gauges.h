// Exports how much the ledger holds: hir_replay_items, hir_replay_leases, hir_replay_bytes.
#ifndef HIR_SERVICES_REPLAY_LEDGER_GAUGES_H_
#define HIR_SERVICES_REPLAY_LEDGER_GAUGES_H_

#include <set>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "hir/metrics/service_metrics.h"
#include "hir/store/replay_store.h"

namespace hir {

// The gauges are sums over the runs that this process has served. A separate thread reads them from
// the ledger, since leases also end without a call. Thread-safe. Arguments must outlive it.
class LedgerGauges {
 public:
  LedgerGauges(ReplayStore& store, ReplayMetrics& metrics,
               absl::Duration period = absl::Seconds(2));
  ~LedgerGauges();

  // Includes `run` from now on. A run that can't be read is dropped at the next reading.
  void Watch(const std::string& run);

 private:
  void Work();
  void Refresh();

  ReplayStore& store_;
  ReplayMetrics& metrics_;
  const absl::Duration period_;
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<std::string> runs_ ABSL_GUARDED_BY(mutex_);
  std::thread worker_;
};

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_LEDGER_GAUGES_H_
