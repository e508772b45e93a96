// Connections to the services of a ring, and the calls of replay.
#ifndef HIR_CLIENT_RING_CLIENT_H_
#define HIR_CLIENT_RING_CLIENT_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/client/ring_addresses.h"
#include "hir/learner/v1/learner.grpc.pb.h"
#include "hir/replay/v1/replay.grpc.pb.h"
#include "hir/rollout/v1/rollout.grpc.pb.h"
#include "hir/rpc/tls.h"
#include "hir/verifier/v1/verifier.grpc.pb.h"

namespace hir {

// Stubs of the services whose address is given; the others are null.
struct RingStubs {
  std::unique_ptr<replay::v1::Replay::Stub> replay;
  std::unique_ptr<verifier::v1::Verifier::Stub> verifier;
  std::unique_ptr<rollout::v1::Rollout::Stub> rollout;
  std::unique_ptr<learner::v1::Learner::Stub> learner;
};

// Errors: those of MakeChannel().
absl::StatusOr<RingStubs> ConnectRing(const RingAddresses& addresses, const TlsFiles& tls);

// The replay calls, each with a deadline and retried while replay is away, until `should_stop`
// returns true. Blocking; thread-safe. Other errors are replay's own.
class ReplayClient {
 public:
  // `stub` must outlive this.
  ReplayClient(replay::v1::Replay::Stub& stub, std::string run, std::function<bool()> should_stop);

  // Whether it was made now (false: it existed with the same configuration).
  absl::StatusOr<bool> CreateRun(const std::string& config_yaml);
  absl::StatusOr<replay::v1::GetRunResponse> GetRun();
  // Puts the tasks of whole steps, in calls of at most 1024.
  absl::Status PutTasks(absl::Span<const replay::v1::Task> tasks);
  // Asks once, within a second: for display.
  absl::StatusOr<replay::v1::GetProgressResponse> GetProgress();
  absl::StatusOr<std::vector<replay::v1::RolloutRecord>> ReadStep(int64_t step);
  absl::Status DeleteRun();

 private:
  absl::Status Call(const std::function<absl::Status(grpc::ClientContext&)>& call);

  replay::v1::Replay::Stub& stub_;
  const std::string run_;
  const std::function<bool()> should_stop_;
};

}  // namespace hir

#endif  // HIR_CLIENT_RING_CLIENT_H_
