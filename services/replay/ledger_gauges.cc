#include "services/replay/ledger_gauges.h"

#include "absl/status/statusor.h"

namespace hir {

LedgerGauges::LedgerGauges(ReplayStore& store, ReplayMetrics& metrics, absl::Duration period)
    : store_(store), metrics_(metrics), period_(period), worker_([this] { Work(); }) {}

LedgerGauges::~LedgerGauges() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  worker_.join();
}

void LedgerGauges::Watch(const std::string& run) {
  absl::MutexLock lock(&mutex_);
  runs_.insert(run);
}

void LedgerGauges::Work() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopped_), period_)) return;
    }
    Refresh();
  }
}

void LedgerGauges::Refresh() {
  std::set<std::string> runs;
  {
    absl::MutexLock lock(&mutex_);
    runs = runs_;
  }
  double ready = 0, leased = 0, bytes = 0;
  for (const std::string& run : runs) {
    const absl::StatusOr<RunProgress> progress = store_.GetProgress(run);
    // While Redis is unreachable, the gauges keep their last values.
    if (absl::IsUnavailable(progress.status())) return;
    if (!progress.ok()) {
      absl::MutexLock lock(&mutex_);
      runs_.erase(run);
      continue;
    }
    ready +=
        static_cast<double>(progress->tasks - progress->tasks_held - progress->tasks_completed -
                            progress->tasks_abandoned - progress->tasks_leased);
    leased += static_cast<double>(progress->tasks_leased);
    bytes += static_cast<double>(progress->sample_bytes);
  }
  metrics_.items_ready.Set(ready);
  metrics_.items_leased.Set(leased);
  metrics_.leases.Set(leased);
  metrics_.bytes.Set(bytes);
}

}  // namespace hir
