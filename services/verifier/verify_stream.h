// One VerifyStream call: scores each response as it comes and acknowledges it once replay has it.
#ifndef HIR_SERVICES_VERIFIER_VERIFY_STREAM_H_
#define HIR_SERVICES_VERIFIER_VERIFY_STREAM_H_

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/sync_stream.h"
#include "hir/base/clock.h"
#include "hir/constraints/registry.h"
#include "hir/metrics/names.h"
#include "hir/replay/v1/replay.grpc.pb.h"
#include "hir/rpc/chunks.h"
#include "hir/rpc/retry.h"
#include "hir/verifier/v1/verifier.grpc.pb.h"
#include "services/verifier/replay_forwarder.h"

namespace hir {

// What streams share; all of it outlives them.
struct StreamDependencies {
  const CheckerRegistry& registry;
  replay::v1::Replay::StubInterface& replay;
  Clock& clock;
  VerifierMetrics& metrics;
  RetryPolicy retry;
  size_t max_pending;
};

// Used by the one thread that serves the call.
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

  // Ends the stream as soon as everything taken is answered, whether the client has more or not: it
  // sends that to another verifier. Thread-safe; does not block.
  void EndWhenAnswered();

 private:
  absl::Status ReadAll();
  absl::Status TakeRequest(const verifier::v1::VerifyStreamRequest& request);
  absl::Status TakeResponse(common::v1::Response response);
  // INVALID_ARGUMENT: the response can't be taken, now or later.
  absl::StatusOr<common::v1::ScoredResponse> ScoreResponse(common::v1::Response response) const;
  void TakeResult(const common::v1::SampleId& id, const replay::v1::InsertResult& result);
  // Answers one response for good.
  void Acknowledge(verifier::v1::SampleAck ack);
  void EndOnFailure(const absl::Status& error);
  // A failed write is found by the next read, which ends then.
  void Write(const verifier::v1::VerifyStreamResponse& response);

  const StreamDependencies& dependencies_;
  grpc::ServerContext& context_;
  Stream& stream_;
  absl::Mutex write_mutex_;  // Verdicts and acknowledgements come from two threads.
  absl::Mutex end_mutex_;
  int unanswered_ ABSL_GUARDED_BY(end_mutex_) = 0;  // Responses taken and not acknowledged.
  bool ending_ ABSL_GUARDED_BY(end_mutex_) = false;
  ChunkJoiner joiner_;
  ReplayForwarder forwarder_;  // Last: its thread uses the others.
};

}  // namespace hir

#endif  // HIR_SERVICES_VERIFIER_VERIFY_STREAM_H_
