// The gRPC service of a learner: serves hir.learner.v1 from the learner's outbox.
#ifndef HIR_SERVICES_LEARNER_LEARNER_SERVICE_H_
#define HIR_SERVICES_LEARNER_LEARNER_SERVICE_H_

#include <string>

#include "hir/learner/v1/learner.grpc.pb.h"
#include "hir/metrics/service_metrics.h"
#include "services/learner/learner_outbox.h"

namespace hir {

// Thread-safe. The outbox and the metrics must outlive it. `run_dir` has the run's checkpoints.
class LearnerService final : public learner::v1::Learner::Service {
 public:
  LearnerService(std::string run, std::string run_dir, const LearnerOutbox& outbox,
                 WeightsMetrics& metrics)
      : run_(std::move(run)), run_dir_(std::move(run_dir)), outbox_(outbox), metrics_(metrics) {}

  grpc::Status FetchWeights(grpc::ServerContext* context,
                            const learner::v1::FetchWeightsRequest* request,
                            grpc::ServerWriter<rollout::v1::UpdateWeightsRequest>* writer) override;
  grpc::Status Watch(grpc::ServerContext* context, const learner::v1::WatchRequest* request,
                     grpc::ServerWriter<learner::v1::StepReport>* writer) override;
  grpc::Status MarkBest(grpc::ServerContext* context, const learner::v1::MarkBestRequest* request,
                        learner::v1::MarkBestResponse* response) override;

 private:
  grpc::Status CheckRun(const std::string& run) const;

  std::string run_;
  std::string run_dir_;
  const LearnerOutbox& outbox_;
  WeightsMetrics& metrics_;
};

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_LEARNER_SERVICE_H_
