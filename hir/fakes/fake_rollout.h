// A rollout worker for tests: answers prompts, and receives weights as a test does.
#ifndef HIR_FAKES_FAKE_ROLLOUT_H_
#define HIR_FAKES_FAKE_ROLLOUT_H_

#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "hir/fakes/fake_ring_state.h"
#include "hir/rollout/v1/rollout.grpc.pb.h"

namespace hir {

// Thread-safe, except SetReceiver().
class FakeRollout : public rollout::v1::Rollout::Service {
 public:
  // Receives the weights of one UpdateWeights call and answers with what is then served.
  using Receiver =
      std::function<grpc::Status(grpc::ServerReader<rollout::v1::UpdateWeightsRequest>& reader,
                                 rollout::v1::UpdateWeightsResponse& response)>;

  FakeRollout() : state_(own_state_) {}
  // Belongs to this ring, which outlives it: answers with the ring's newest weights.
  explicit FakeRollout(FakeRingState& state) : state_(state) {}

  // Call it before the first UpdateWeights.
  void SetReceiver(Receiver receiver) { receiver_ = std::move(receiver); }

  grpc::Status UpdateWeights(grpc::ServerContext*,
                             grpc::ServerReader<rollout::v1::UpdateWeightsRequest>* reader,
                             rollout::v1::UpdateWeightsResponse* response) override {
    return receiver_(*reader, *response);
  }
  grpc::Status GetStatus(grpc::ServerContext*, const rollout::v1::GetStatusRequest*,
                         rollout::v1::GetStatusResponse* response) override {
    absl::MutexLock lock(&state_.mutex);
    response->mutable_serving()->set_version(state_.version);
    return grpc::Status::OK;
  }
  grpc::Status Generate(grpc::ServerContext* context, const rollout::v1::GenerateRequest* request,
                        grpc::ServerWriter<rollout::v1::GenerateResponse>* writer) override {
    absl::MutexLock lock(&state_.mutex);
    state_.asked = true;
    const auto never = [] { return false; };
    while (state_.silent_worker && !context->IsCancelled()) {
      state_.mutex.AwaitWithTimeout(absl::Condition(&never), absl::Milliseconds(10));
    }
    state_.evaluated.push_back(state_.version);
    const bool stale = state_.version > 0 && state_.stale_answers-- > 0;
    const int64_t version = stale ? 0 : state_.version;
    for (const rollout::v1::Prompt& prompt : request->prompts()) {
      rollout::v1::GenerateResponse response;
      response.set_key(prompt.key());
      response.set_done(true);
      response.set_text(absl::StrCat("version ", version));
      response.add_versions()->mutable_weights()->set_version(version);
      response.add_token_ids(1);
      writer->Write(response);
      if (state_.deaths-- > 0) return {grpc::StatusCode::UNAVAILABLE, "killed"};
    }
    return grpc::Status::OK;
  }

 private:
  FakeRingState own_state_;
  FakeRingState& state_;
  Receiver receiver_;
};

}  // namespace hir

#endif  // HIR_FAKES_FAKE_ROLLOUT_H_
