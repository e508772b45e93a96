// Connections to the services of a ring.
#ifndef HIR_CLIENT_RING_CLIENT_H_
#define HIR_CLIENT_RING_CLIENT_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/client/ring_addresses.h"
#include "hir/learner/v1/learner.grpc.pb.h"
#include "hir/replay/v1/replay.grpc.pb.h"
#include "hir/rollout/v1/rollout.grpc.pb.h"
#include "hir/rpc/tls.h"
#include "hir/verifier/v1/verifier.grpc.pb.h"

namespace hir {

// Stubs of the services whose address is given; the others are null or, of workers, missing.
struct RingStubs {
  std::unique_ptr<replay::v1::Replay::Stub> replay;
  std::unique_ptr<verifier::v1::Verifier::Stub> verifier;
  std::vector<std::unique_ptr<rollout::v1::Rollout::Stub>> rollouts;
  std::unique_ptr<learner::v1::Learner::Stub> learner;
};

// Errors: those of MakeChannel().
absl::StatusOr<RingStubs> ConnectRing(const RingAddresses& addresses, const TlsFiles& tls);

}  // namespace hir

#endif  // HIR_CLIENT_RING_CLIENT_H_
