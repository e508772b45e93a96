// Served weights over gRPC: hir.rollout.v1.UpdateWeightsRequest messages, the manifest first, then
// every byte in order in pieces of 1 MiB. Used in both directions: rank 0 of the learner pushes
// weights (Rollout.UpdateWeights), and a late worker fetches them (Learner.FetchWeights).
#ifndef HIR_WEIGHTS_TRANSFER_H_
#define HIR_WEIGHTS_TRANSFER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/client_context.h"
#include "hir/base/sha256.h"
#include "hir/domain/weights_id.h"
#include "hir/learner/v1/learner.grpc.pb.h"
#include "hir/model_folder/architecture.h"
#include "hir/rollout/v1/rollout.grpc.pb.h"
#include "hir/weights/packed_weights.h"

namespace hir {

inline constexpr size_t kWeightsPieceBytes = size_t{1} << 20;

// Writes one message; returns false if the stream is broken.
using WeightsWriter = absl::FunctionRef<bool(const rollout::v1::UpdateWeightsRequest&)>;

// Writes all messages of `weights`, whose digest is in `version`; e.g. with a grpc::ServerWriter.
// UNAVAILABLE: the writer returned false. Blocks as long as the writer does.
absl::Status SendWeights(const PackedWeights& weights, const WeightsId& version,
                         WeightsWriter write);

// Weights from a stream, with their verified digest.
struct ReceivedWeights {
  WeightsId version;
  PackedWeights weights;
};

// Upper bound on the bytes of the weights of this architecture: its parameters as F32, plus 1 MiB.
uint64_t MaxWeightsBytes(const Architecture& architecture);

// FAILED_PRECONDITION: the manifest's digest is of a format other than kWeightsDigestFormat, so
// digests can't be compared.
absl::Status CheckDigestFormat(const rollout::v1::WeightsManifest& manifest);

// Assembles and checks the messages of one stream. Not thread-safe.
class WeightsReceiver {
 public:
  // `max_bytes` limits what a manifest may announce, since memory is allocated for it. See
  // MaxWeightsBytes().
  explicit WeightsReceiver(uint64_t max_bytes) : max_bytes_(max_bytes) {}

  // INVALID_ARGUMENT: no manifest first or a second one, a piece that is empty or above 1 MiB, a
  // manifest that is malformed or announces more than `max_bytes`. DATA_LOSS: more bytes than
  // announced. FAILED_PRECONDITION: CheckDigestFormat(). Nothing may be added after an error.
  absl::Status Add(const rollout::v1::UpdateWeightsRequest& message);

  // Returns the weights after the last message. DATA_LOSS: bytes are missing, or their digest is
  // not the manifest's (the message names both).
  absl::StatusOr<ReceivedWeights> Finish();

 private:
  absl::Status Begin(const rollout::v1::WeightsManifest& manifest);

  uint64_t max_bytes_;
  uint64_t expected_bytes_ = 0;
  ReceivedWeights received_;
  // Of the bytes so far; set once the manifest is there. After received_, whose memory it reads.
  std::optional<FillingSha256> digest_;
};

// Sends `weights` to one worker and returns what it serves afterwards. Blocks at most until the
// deadline of `context`; another thread may call TryCancel(). DATA_LOSS: the worker received, or
// reports that it serves, another digest. FAILED_PRECONDITION: it serves newer ones. UNAVAILABLE,
// DEADLINE_EXCEEDED: it can't be reached in time.
absl::StatusOr<WeightsId> PushWeights(rollout::v1::Rollout::StubInterface& worker,
                                      const PackedWeights& weights, const WeightsId& version,
                                      grpc::ClientContext& context);

// Fetches the newest weights of `run`, at most `max_bytes`. Blocks at most until the deadline of
// `context`; another thread may call TryCancel(). Errors: those of the call and of WeightsReceiver.
absl::StatusOr<ReceivedWeights> FetchWeights(learner::v1::Learner::StubInterface& learner,
                                             const std::string& run, uint64_t max_bytes,
                                             grpc::ClientContext& context);

}  // namespace hir

#endif  // HIR_WEIGHTS_TRANSFER_H_
