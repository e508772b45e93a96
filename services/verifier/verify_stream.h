// One VerifyStream call: has each response scored as it comes, hands it to replay and acknowledges
// it once replay has it.
#ifndef HIR_SERVICES_VERIFIER_VERIFY_STREAM_H_
#define HIR_SERVICES_VERIFIER_VERIFY_STREAM_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/sync_stream.h"
#include "hir/base/clock.h"
#include "hir/base/worker_pool.h"
#include "hir/checkers/core/registry.h"
#include "hir/metrics/service_metrics.h"
#include "hir/replay/v1/replay.grpc.pb.h"
#include "hir/rpc/chunks.h"
#include "hir/rpc/quota.h"
#include "hir/rpc/retry.h"
#include "hir/rpc/stream_limits.h"
#include "hir/verifier/v1/verifier.grpc.pb.h"
#include "services/verifier/ack_window.h"
#include "services/verifier/replay_forwarder.h"
#include "services/verifier/scoring_job.h"

namespace hir {

// What streams share; all of it must outlive them.
struct StreamDependencies {
  const CheckerRegistry& registry;
  replay::v1::Replay::StubInterface& replay;
  Clock& clock;
  VerifierMetrics& metrics;
  RetryPolicy retry;
  int max_pending;
  WorkerPool& waiting;  // For checks that wait for another process.
  const StreamLimits& limits;
  Quota& unfinished;  // Bytes of responses that have not come whole.
  Quota& unanswered;  // Bytes of those that are not acknowledged.
};

// Used by the one thread that serves the call, unless said otherwise.
class VerifyStreamCall {
 public:
  using Stream = grpc::ServerReaderWriterInterface<verifier::v1::VerifyStreamResponse,
                                                   verifier::v1::VerifyStreamRequest>;

  // Both outlive the call.
  VerifyStreamCall(const StreamDependencies& dependencies, grpc::ServerContext& context,
                   Stream& stream);

  // Serves until the client has ended its side and everything is acknowledged. What was taken
  // before an error is still handed to replay. Errors: those of VerifyStream in verifier.proto.
  absl::Status Run();

  // Ends the stream as soon as everything taken is answered, even if the client has more, which it
  // sends to another verifier. Thread-safe; does not block.
  void EndWhenAnswered();

 private:
  absl::Status ReadAll();
  // Waits until another response may be taken; false when forwarding has ended.
  bool AwaitRoom();
  // Moves the response out of the request.
  absl::Status TakeRequest(verifier::v1::VerifyStreamRequest& request);
  // Counts bytes of a response. Waits for room, so the stream is not read in the meantime.
  // RESOURCE_EXHAUSTED: the bytes alone exceed the limit of one caller. CANCELLED: the call is
  // cancelled.
  absl::StatusOr<std::shared_ptr<const Quota::Share>> Hold(size_t bytes) const;
  void TakeResponse(common::v1::Response response, std::shared_ptr<const Quota::Share> held);
  // Decides the constraints that need no other program, and submits the rest to the pool.
  void Decide(const std::shared_ptr<ScoringJob>& job);
  // Decides these constraints and adds the results. Called on this thread or one of the pool.
  void DecideSome(ScoringJob& job, const std::vector<size_t>& constraints);
  void Complete(ScoringJob& job);
  // Ends the call as cancelled and counts a response as scored that it left undecided.
  void Abandon();
  void OnScored();
  void TakeResult(const common::v1::SampleId& id, const replay::v1::InsertResult& result);
  void Refuse(const common::v1::SampleId& id, std::string why);
  // Answers one response for good.
  void Acknowledge(verifier::v1::SampleAck ack);
  void EndOnFailure(const absl::Status& error);
  // A failed write is found by the next read, which ends then.
  void Write(const verifier::v1::VerifyStreamResponse& response);

  const StreamDependencies& dependencies_;
  grpc::ServerContext& context_;
  Stream& stream_;
  absl::Mutex write_mutex_;  // Verdicts and acknowledgements come from several threads.
  WriteDeadline writes_ ABSL_GUARDED_BY(write_mutex_);
  absl::Mutex window_mutex_;
  AckWindow window_ ABSL_GUARDED_BY(window_mutex_);
  ChunkJoiner joiner_;
  StreamDeadline deadline_;
  ReplayForwarder forwarder_;  // Last: its thread uses the others.
};

}  // namespace hir

#endif  // HIR_SERVICES_VERIFIER_VERIFY_STREAM_H_
