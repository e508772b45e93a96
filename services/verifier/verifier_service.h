// hir.verifier.v1.Verifier: translates calls into checks of hir/checkers and back.
#ifndef HIR_SERVICES_VERIFIER_VERIFIER_SERVICE_H_
#define HIR_SERVICES_VERIFIER_VERIFIER_SERVICE_H_

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"
#include "hir/base/clock.h"
#include "hir/base/worker_pool.h"
#include "hir/checkers/core/registry.h"
#include "hir/metrics/service_metrics.h"
#include "hir/replay/v1/replay.grpc.pb.h"
#include "hir/rpc/retry.h"
#include "hir/verifier/v1/verifier.grpc.pb.h"
#include "services/verifier/config.h"
#include "services/verifier/verify_stream.h"

namespace hir {

// Thread-safe and stateless: any number of calls at once.
class VerifierService final : public verifier::v1::Verifier::Service {
 public:
  // `replay` may be null: VerifyStream then answers FAILED_PRECONDITION. The registry and the clock
  // must outlive the service. REQUIRES: Validate(config).ok().
  VerifierService(const VerifierConfig& config, const CheckerRegistry& registry,
                  std::unique_ptr<replay::v1::Replay::StubInterface> replay, Clock& clock,
                  prometheus::Registry& metrics, const RetryPolicy& retry = {});

  grpc::Status Verify(grpc::ServerContext* context, const verifier::v1::VerifyRequest* request,
                      verifier::v1::VerifyResponse* response) override;

  grpc::Status VerifyStream(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<verifier::v1::VerifyStreamResponse,
                               verifier::v1::VerifyStreamRequest>* stream) override;

  grpc::Status ListCheckers(grpc::ServerContext* context,
                            const verifier::v1::ListCheckersRequest* request,
                            verifier::v1::ListCheckersResponse* response) override;

  // Call before the server drains: ends every stream as soon as everything it accepted is answered,
  // and refuses new ones. Does not block.
  void EndStreams();

 private:
  // Calls `decide` for every index below `count` in the pool for waiting checks, taking turns with
  // other owners. INTERNAL: a call threw.
  absl::Status DecideInPool(const std::string& owner, int count,
                            const std::function<void(int)>& decide);

  const VerifierConfig config_;
  const CheckerRegistry& registry_;
  const std::unique_ptr<replay::v1::Replay::StubInterface> replay_;
  Clock& clock_;
  VerifierMetrics metrics_;
  const RetryPolicy retry_;
  Quota open_streams_;
  Quota unfinished_;
  Quota unanswered_;
  WorkerPool waiting_;
  absl::Mutex mutex_;
  std::set<VerifyStreamCall*> streams_ ABSL_GUARDED_BY(mutex_);  // The running streams.
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace hir

#endif  // HIR_SERVICES_VERIFIER_VERIFIER_SERVICE_H_
