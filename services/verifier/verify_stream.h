// One VerifyStream call: scores each response as it comes and acknowledges it once replay has it.
#ifndef HIR_SERVICES_VERIFIER_VERIFY_STREAM_H_
#define HIR_SERVICES_VERIFIER_VERIFY_STREAM_H_

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
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

 private:
  absl::Status ReadAll();
  absl::Status TakeRequest(const verifier::v1::VerifyStreamRequest& request);
  absl::Status TakeResponse(common::v1::Response response);
  void Acknowledge(const replay::v1::InsertResult& result);
  // A failed write is found by the next read, which ends then.
  void Write(const verifier::v1::VerifyStreamResponse& response);

  const StreamDependencies& dependencies_;
  grpc::ServerContext& context_;
  Stream& stream_;
  absl::Mutex write_mutex_;  // Verdicts and acknowledgements come from two threads.
  ChunkJoiner joiner_;
  ReplayForwarder forwarder_;  // Last: its thread uses the others.
};

}  // namespace hir

#endif  // HIR_SERVICES_VERIFIER_VERIFY_STREAM_H_
