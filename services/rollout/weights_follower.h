// Keeps the weights that a worker serves as new as replay wants them.
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
#include "hir/generate/engine.h"
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

// The learner pushes each version to the workers that it knows. This is the other way, for a worker
// that the push does not reach: one that started late, or that could not be reached then.
// One thread uses it; Stop() may come from any.
class WeightsFollower {
 public:
  // Engine, metrics and clock outlive it.
  WeightsFollower(Engine& engine, WeightsMetrics& metrics, Clock& clock,
                  WeightsFollowerOptions options, WeightsFetcher fetch)
      : engine_(engine),
        metrics_(metrics),
        clock_(clock),
        options_(std::move(options)),
        fetch_(std::move(fetch)) {}

  // Replay leases nothing before this worker serves `wanted` or newer weights. Waits for a push
  // first: returns how long until replay is to be asked again. Once a push is overdue, fetches from
  // `learner`, swaps and returns zero. Blocks for the transfer and the swap.
  // UNAVAILABLE: the learner's weights are older than `wanted`. CANCELLED: Stop(). Other errors:
  // those of the fetcher and of Engine::SwapWeights().
  absl::StatusOr<absl::Duration> CatchUp(const WeightsId& wanted, const std::string& learner);

  // Replay is content with the weights served: the next push gets its time anew.
  void OnCurrent() { behind_since_ = absl::InfiniteFuture(); }

  // Ends a transfer under way, but not a swap, and begins none any more.
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
