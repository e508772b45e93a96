// The gRPC service of a rollout worker: hir.rollout.v1 over an engine.
#ifndef HIR_SERVICES_ROLLOUT_ROLLOUT_SERVICE_H_
#define HIR_SERVICES_ROLLOUT_ROLLOUT_SERVICE_H_

#include <atomic>
#include <functional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "hir/client/replay_client.h"
#include "hir/config/run_config.h"
#include "hir/engine/engine.h"
#include "hir/metrics/service_metrics.h"
#include "hir/rollout/v1/rollout.grpc.pb.h"
#include "hir/rpc/quota.h"
#include "hir/tokenizer/tokenizer.h"
#include "services/rollout/generation_queue.h"

namespace hir {

// Thread-safe. Engine, tokenizer and metrics must outlive it.
class RolloutService : public rollout::v1::Rollout::Service {
 public:
  // `model` is reported by GetStatus. Refuses weights of a run other than `run` (empty = accept
  // any) and weights that `replay` has not recorded (null = don't ask). `replay` must outlive the
  // service and have zero patience, since a push waits for its answers. `settings` has the run's
  // variables for the chat template and the mark that ends reasoning. Stop the engine before
  // destroying the service.
  RolloutService(Engine& engine, const Tokenizer& tokenizer, RolloutMetrics& metrics,
                 std::string model, std::string run, ReplayClient* replay,
                 const GenerationLimits& limits = {}, ModelConfig settings = {});

  grpc::Status Generate(grpc::ServerContext* context, const rollout::v1::GenerateRequest* request,
                        grpc::ServerWriter<rollout::v1::GenerateResponse>* writer) override;
  grpc::Status UpdateWeights(grpc::ServerContext* context,
                             grpc::ServerReader<rollout::v1::UpdateWeightsRequest>* reader,
                             rollout::v1::UpdateWeightsResponse* response) override;
  grpc::Status GetStatus(grpc::ServerContext* context, const rollout::v1::GetStatusRequest* request,
                         rollout::v1::GetStatusResponse* response) override;

  // Called after each push whose weights are served, on that call's thread; null = not. Once this
  // returns, the one before is not called any more.
  void SetPushListener(std::function<void()> listener);

  // Refuses Generate from now on; running calls continue.
  void StopGenerating() { stopping_ = true; }

 private:
  // Checks whether pushed weights may be served. FAILED_PRECONDITION: their digest is of another
  // format, or the run's learner has not recorded these weights. UNAVAILABLE, DEADLINE_EXCEEDED:
  // replay can't be asked.
  absl::Status CheckManifest(const rollout::v1::WeightsManifest& manifest) const;

  Engine& engine_;
  const Tokenizer& tokenizer_;
  RolloutMetrics& metrics_;
  const std::string model_;
  const std::string run_;
  ReplayClient* const replay_;  // Null = there is no ledger to ask.
  const ModelConfig settings_;
  std::atomic<bool> stopping_ = false;
  Quota prompt_bytes_;  // Of prompts in running Generate calls.
  Quota pushes_;        // Running UpdateWeights calls.
  absl::Mutex listener_mutex_;
  std::function<void()> push_listener_ ABSL_GUARDED_BY(listener_mutex_);
  GenerationQueue queue_;
};

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_ROLLOUT_SERVICE_H_
