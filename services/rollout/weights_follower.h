// Keeps the weights that a worker serves as new as replay requires.
#ifndef HIR_SERVICES_ROLLOUT_WEIGHTS_FOLLOWER_H_
#define HIR_SERVICES_ROLLOUT_WEIGHTS_FOLLOWER_H_

#include <functional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/client_context.h"
#include "hir/base/clock.h"
#include "hir/domain/weights_id.h"
#include "hir/engine/engine.h"
#include "hir/metrics/service_metrics.h"
#include "hir/weights/transfer.h"

namespace hir {

// Fetches the newest weights from the learner at `address`, in a call with this context.
using WeightsFetcher = std::function<absl::StatusOr<ReceivedWeights>(const std::string& address,
                                                                     grpc::ClientContext& context)>;

struct WeightsFollowerOptions {
  std::string run;               // For logs.
  absl::Duration fetch_timeout;  // Of one transfer.
  absl::Duration fetch_after;    // The learner's push gets this long to arrive.
};

// The learner pushes each version to the workers that it knows. This class fetches the weights for
// a worker that no push reaches, because it started late or was unreachable. Not thread-safe,
// except Stop().
class WeightsFollower {
 public:
  // Engine, metrics and clock must outlive it.
  WeightsFollower(Engine& engine, WeightsMetrics& metrics, Clock& clock,
                  WeightsFollowerOptions options, WeightsFetcher fetch)
      : engine_(engine),
        metrics_(metrics),
        clock_(clock),
        options_(std::move(options)),
        fetch_(std::move(fetch)) {}

  // Call it when replay leases nothing until this worker serves `wanted` or newer weights. First
  // lets a push arrive: returns how long to wait before asking replay again. Once the push is
  // overdue, fetches the weights from `learner`, swaps and returns zero. Blocks for the transfer
  // and the swap. UNAVAILABLE: the learner's weights are older than `wanted`. CANCELLED: Stop().
  // Other errors: those of the fetcher and of Engine::SwapWeights().
  absl::StatusOr<absl::Duration> CatchUp(const WeightsId& wanted, const std::string& learner);

  // Replay accepts the served weights; the next push gets its full time to arrive.
  void OnCurrent() { behind_since_ = absl::InfiniteFuture(); }

  // Cancels a running transfer, but not a swap, and prevents later transfers.
  void Stop();

 private:
  absl::StatusOr<ReceivedWeights> Fetch(const std::string& learner);

  Engine& engine_;
  WeightsMetrics& metrics_;
  Clock& clock_;
  const WeightsFollowerOptions options_;
  const WeightsFetcher fetch_;
  absl::Time behind_since_ = absl::InfiniteFuture();

  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ClientContext* transfer_ ABSL_GUARDED_BY(mutex_) = nullptr;  // Under way; null = none.
};

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_WEIGHTS_FOLLOWER_H_
