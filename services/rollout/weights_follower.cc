#include "services/rollout/weights_follower.h"

#include <algorithm>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/rpc/channel.h"
#include "services/rollout/convert.h"

namespace hir {
namespace {

constexpr absl::Duration kSwapTimeout = absl::Minutes(30);
constexpr absl::Duration kPushPoll = absl::Milliseconds(100);

}  // namespace

absl::StatusOr<absl::Duration> WeightsFollower::CatchUp(const WeightsId& wanted,
                                                        const std::string& learner) {
  // Replay names a version as soon as the learner records it, and the push starts at the same time:
  // an immediate fetch would load the learner with a second transfer of the same bytes.
  behind_since_ = std::min(behind_since_, clock_.Now());
  if (clock_.Now() - behind_since_ < options_.fetch_after) return kPushPoll;

  const absl::Time begin = clock_.Now();
  HIR_ASSIGN_OR_RETURN(ReceivedWeights received, Fetch(learner));
  // For example from a learner that was replaced and still answers. A swap waits until all running
  // responses have ended, so useless swaps are avoided.
  if (IsOlder(received.version, wanted)) {
    return absl::UnavailableError(absl::StrCat("the learner at ", learner, " gave weights version ",
                                               received.version.version, "; version ",
                                               wanted.version, " is needed"));
  }
  const size_t bytes = received.weights.bytes.size();
  // The engine ends its running responses first, which can take as long as the longest of them. It
  // measures that by the machine's clock.
  const absl::StatusOr<WeightsId> serving = engine_.SwapWeights(
      std::move(received.version), std::move(received.weights), absl::Now() + kSwapTimeout);
  // A push may have brought newer weights in the meantime.
  if (absl::IsFailedPrecondition(serving.status()) && !IsOlder(engine_.Status().serving, wanted)) {
    return absl::ZeroDuration();
  }
  HIR_RETURN_IF_ERROR(serving.status());
  CountWeights(*serving, bytes, clock_.Now() - begin, metrics_);
  Log(Severity::kInfo, "fetched weights", {{"run", options_.run}, {"version", serving->version}});
  return absl::ZeroDuration();
}

absl::StatusOr<ReceivedWeights> WeightsFollower::Fetch(const std::string& learner) {
  grpc::ClientContext context;
  PrepareCall(context, options_.fetch_timeout);
  {
    absl::MutexLock lock(&mutex_);
    // Stop() found no transfer to cancel if it was called before this, so it is checked here.
    if (stopped_) return absl::CancelledError("the worker leases no more");
    transfer_ = &context;
  }
  absl::StatusOr<ReceivedWeights> received = fetch_(learner, context);
  absl::MutexLock lock(&mutex_);
  transfer_ = nullptr;
  return received;
}

void WeightsFollower::Stop() {
  absl::MutexLock lock(&mutex_);
  stopped_ = true;
  if (transfer_ != nullptr) transfer_->TryCancel();
}

}  // namespace hir
