// A learner for tests: reports steps, and sends weights as a test does.
#ifndef HIR_FAKES_FAKE_LEARNER_H_
#define HIR_FAKES_FAKE_LEARNER_H_

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "hir/fakes/fake_ring_state.h"
#include "hir/learner/v1/learner.grpc.pb.h"

namespace hir {

// Thread-safe, except SetSender().
class FakeLearner : public learner::v1::Learner::Service {
 public:
  // Sends the weights of one FetchWeights call.
  using Sender =
      std::function<grpc::Status(grpc::ServerWriter<rollout::v1::UpdateWeightsRequest>& writer)>;

  FakeLearner() : state_(own_state_) {}
  // Belongs to this ring, which outlives it: reports the steps whose tasks were put.
  explicit FakeLearner(FakeRingState& state) : state_(state) {}

  // Call it before the first FetchWeights.
  void SetSender(Sender sender) { sender_ = std::move(sender); }

  grpc::Status FetchWeights(
      grpc::ServerContext*, const learner::v1::FetchWeightsRequest*,
      grpc::ServerWriter<rollout::v1::UpdateWeightsRequest>* writer) override {
    return sender_(*writer);
  }
  grpc::Status Watch(grpc::ServerContext* context, const learner::v1::WatchRequest* request,
                     grpc::ServerWriter<learner::v1::StepReport>* writer) override {
    for (int64_t step = First(request->after_step()); !context->IsCancelled(); ++step) {
      absl::MutexLock lock(&state_.mutex);
      const auto put = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(state_.mutex) {
        return state_.StepsPut() >= step;
      };
      while (!state_.mutex.AwaitWithTimeout(absl::Condition(&put), absl::Milliseconds(20))) {
        if (context->IsCancelled()) return grpc::Status::CANCELLED;
      }
      state_.version = step;
      learner::v1::StepReport report;
      report.set_step(step);
      report.set_final(step == state_.total_steps);
      if (!state_.warning.empty()) report.add_warnings(state_.warning);
      if (report.final()) state_.checkpoint = step;
      writer->Write(report);
      if (report.final()) return grpc::Status::OK;
      if (state_.broken_streams-- > 0) return {grpc::StatusCode::UNAVAILABLE, "killed"};
    }
    return grpc::Status::CANCELLED;
  }
  grpc::Status MarkBest(grpc::ServerContext*, const learner::v1::MarkBestRequest* request,
                        learner::v1::MarkBestResponse*) override {
    absl::MutexLock lock(&state_.mutex);
    state_.marked_best.push_back(request->step());
    return grpc::Status::OK;
  }

 private:
  int64_t First(int64_t after_step) {
    absl::MutexLock lock(&state_.mutex);
    return std::max(after_step + 1, state_.restored);
  }

  FakeRingState own_state_;
  FakeRingState& state_;
  Sender sender_;
};

}  // namespace hir

#endif  // HIR_FAKES_FAKE_LEARNER_H_
