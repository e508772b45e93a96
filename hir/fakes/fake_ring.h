// A ring in this process whose learner trains a step as soon as its tasks are put.
#ifndef HIR_FAKES_FAKE_RING_H_
#define HIR_FAKES_FAKE_RING_H_

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "hir/client/ring_client.h"
#include "hir/fakes/fake_learner.h"
#include "hir/fakes/fake_replay.h"
#include "hir/fakes/fake_ring_state.h"
#include "hir/fakes/fake_rollout.h"
#include "hir/fakes/fake_verifier.h"
#include "hir/rpc/server.h"

namespace hir {

// All four on one port.
class FakeRing {
 public:
  FakeRing() : replay_(state_), learner_(state_), rollout_(state_) {
    server_ = *RpcServer::Start({}, {{replay::v1::Replay::service_full_name(), &replay_},
                                     {learner::v1::Learner::service_full_name(), &learner_},
                                     {rollout::v1::Rollout::service_full_name(), &rollout_},
                                     {verifier::v1::Verifier::service_full_name(), &verifier_}});
    stubs_ = *ConnectRing({address(), address(), {address()}, address()}, {});
  }

  FakeRingState& state() { return state_; }
  RingStubs& stubs() { return stubs_; }
  std::string address() const { return absl::StrCat("127.0.0.1:", server_->port()); }

 private:
  FakeRingState state_;
  FakeReplay replay_;
  FakeLearner learner_;
  FakeRollout rollout_;
  FakeVerifier verifier_;
  std::unique_ptr<RpcServer> server_;
  RingStubs stubs_;
};

}  // namespace hir

#endif  // HIR_FAKES_FAKE_RING_H_
