#include "hir/client/ring_client.h"

#include "hir/base/status_macros.h"
#include "hir/rpc/channel.h"

namespace hir {

absl::StatusOr<RingStubs> ConnectRing(const RingAddresses& addresses, const TlsFiles& tls) {
  RingStubs stubs;
  if (!addresses.replay.empty()) {
    HIR_ASSIGN_OR_RETURN(const auto channel, MakeChannel(addresses.replay, tls));
    stubs.replay = replay::v1::Replay::NewStub(channel);
  }
  if (!addresses.verifier.empty()) {
    HIR_ASSIGN_OR_RETURN(const auto channel, MakeChannel(addresses.verifier, tls));
    stubs.verifier = verifier::v1::Verifier::NewStub(channel);
  }
  for (const std::string& address : addresses.rollouts) {
    HIR_ASSIGN_OR_RETURN(const auto channel, MakeChannel(address, tls));
    stubs.rollouts.push_back(rollout::v1::Rollout::NewStub(channel));
  }
  if (!addresses.learner.empty()) {
    HIR_ASSIGN_OR_RETURN(const auto channel, MakeChannel(addresses.learner, tls));
    stubs.learner = learner::v1::Learner::NewStub(channel);
  }
  return stubs;
}

}  // namespace hir
