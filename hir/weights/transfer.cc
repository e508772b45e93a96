#include "hir/weights/transfer.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/machine_memory.h"
#include "hir/base/status_macros.h"
#include "hir/domain/wire/ids.h"
#include "hir/rpc/status.h"

namespace hir {
namespace {

using rollout::v1::UpdateWeightsRequest;

UpdateWeightsRequest ManifestMessage(const PackedWeights& weights, const WeightsId& version) {
  UpdateWeightsRequest message;
  rollout::v1::WeightsManifest* manifest = message.mutable_manifest();
  *manifest->mutable_weights() = ToProto(version);
  manifest->set_total_bytes(weights.bytes.size());
  manifest->set_digest_format(kWeightsDigestFormat);
  for (const PackedTensor& tensor : weights.tensors) {
    rollout::v1::WeightsManifest::Tensor* entry = manifest->add_tensors();
    entry->set_name(tensor.name);
    entry->set_dtype(tensor.dtype);
    entry->mutable_shape()->Add(tensor.shape.begin(), tensor.shape.end());
  }
  const WeightsProbe& probe = weights.probe;
  manifest->mutable_probe()->mutable_token_ids()->Add(probe.tokens.begin(), probe.tokens.end());
  manifest->mutable_probe()->mutable_logprobs()->Add(probe.log_probabilities.begin(),
                                                     probe.log_probabilities.end());
  return message;
}

absl::StatusOr<WeightsProbe> ReadProbe(const rollout::v1::WeightsManifest::Probe& probe) {
  const int scored = std::max(0, probe.token_ids_size() - 1);
  if (probe.token_ids_size() > kMaxProbeTokens || probe.logprobs_size() != scored) {
    return absl::InvalidArgumentError(
        absl::StrCat("the manifest's probe has ", probe.token_ids_size(), " token_ids and ",
                     probe.logprobs_size(), " logprobs; at most ", kMaxProbeTokens,
                     " token_ids are allowed, with a logprob for each but the first"));
  }
  return WeightsProbe{{probe.token_ids().begin(), probe.token_ids().end()},
                      {probe.logprobs().begin(), probe.logprobs().end()}};
}

}  // namespace

absl::Status SendWeights(const PackedWeights& weights, const WeightsId& version,
                         WeightsWriter write) {
  const absl::Status broken = absl::UnavailableError(
      absl::StrCat("the stream broke while weights version ", version.version, " was sent"));
  if (!write(ManifestMessage(weights, version))) return broken;
  UpdateWeightsRequest message;
  for (size_t begin = 0; begin < weights.bytes.size(); begin += kWeightsPieceBytes) {
    const size_t size = std::min(kWeightsPieceBytes, weights.bytes.size() - begin);
    message.mutable_data()->assign(weights.bytes, begin, size);
    if (!write(message)) return broken;
  }
  return absl::OkStatus();
}

uint64_t MaxWeightsBytes(const Architecture& architecture) {
  return uint64_t{4} * static_cast<uint64_t>(ParameterCount(architecture)) + kWeightsPieceBytes;
}

absl::Status CheckDigestFormat(const rollout::v1::WeightsManifest& manifest) {
  const uint32_t format = manifest.digest_format() == 0 ? 1 : manifest.digest_format();
  if (format == kWeightsDigestFormat) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the weights of version ", manifest.weights().version(), " are named by a digest of format ",
      format, " but this program computes format ", kWeightsDigestFormat,
      "; run learner and workers from the same version of HiR"));
}

absl::Status WeightsReceiver::Begin(const rollout::v1::WeightsManifest& manifest) {
  if (digest_.has_value()) {
    return absl::InvalidArgumentError("a second manifest arrived in a stream of weights");
  }
  HIR_RETURN_IF_ERROR(CheckDigestFormat(manifest));
  received_.version = FromProto(manifest.weights());
  for (const auto& tensor : manifest.tensors()) {
    received_.weights.tensors.push_back(
        {tensor.name(), tensor.dtype(), {tensor.shape().begin(), tensor.shape().end()}});
  }
  HIR_ASSIGN_OR_RETURN(received_.weights.probe, ReadProbe(manifest.probe()));
  HIR_ASSIGN_OR_RETURN(expected_bytes_, TotalBytes(received_.weights.tensors));
  if (expected_bytes_ != manifest.total_bytes() || expected_bytes_ > max_bytes_) {
    return absl::InvalidArgumentError(
        absl::StrCat("the manifest announces ", manifest.total_bytes(), " bytes; its tensors take ",
                     expected_bytes_, " and at most ", max_bytes_, " are accepted"));
  }
  // All at once, so that the bytes stay where they are while they are hashed.
  std::string& bytes = received_.weights.bytes;
  bytes.reserve(expected_bytes_);
  WishForLargePages(bytes.data(), expected_bytes_);
  digest_.emplace(bytes.data());
  return absl::OkStatus();
}

absl::Status WeightsReceiver::Add(const UpdateWeightsRequest& message) {
  if (message.has_manifest()) return Begin(message.manifest());
  if (!digest_.has_value()) {
    return absl::InvalidArgumentError("a stream of weights must begin with a manifest");
  }
  const std::string& data = message.data();
  if (data.empty() || data.size() > kWeightsPieceBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a piece of weights has ", data.size(),
                                                   " bytes; 1 to ", kWeightsPieceBytes, " fit"));
  }
  if (data.size() > expected_bytes_ - received_.weights.bytes.size()) {
    return absl::DataLossError(
        absl::StrCat("more than the announced ", expected_bytes_, " bytes of weights arrived"));
  }
  received_.weights.bytes += data;
  digest_->Fill(received_.weights.bytes.size());
  return absl::OkStatus();
}

absl::StatusOr<ReceivedWeights> WeightsReceiver::Finish() {
  if (!digest_.has_value()) {
    return absl::DataLossError("the stream of weights ended before its manifest");
  }
  if (received_.weights.bytes.size() != expected_bytes_) {
    return absl::DataLossError(absl::StrCat("only ", received_.weights.bytes.size(), " of ",
                                            expected_bytes_, " bytes of weights arrived"));
  }
  std::string digest = digest_->Finish();
  if (digest != received_.version.digest) {
    return absl::DataLossError(absl::StrCat(
        "weights version ", received_.version.version, " have digest ", ShortDigest(digest),
        " instead of the announced ", ShortDigest(received_.version.digest)));
  }
  received_.weights.known_digest = std::move(digest);
  return std::move(received_);
}

absl::StatusOr<WeightsId> PushWeights(rollout::v1::Rollout::StubInterface& worker,
                                      const PackedWeights& weights, const WeightsId& version,
                                      grpc::ClientContext& context) {
  rollout::v1::UpdateWeightsResponse response;
  auto writer = worker.UpdateWeights(&context, &response);
  const absl::Status sent = SendWeights(weights, version, [&](const UpdateWeightsRequest& message) {
    return writer->Write(message);
  });
  writer->WritesDone();
  // The call's own status is more specific than a broken stream.
  HIR_RETURN_IF_ERROR(FromGrpc(writer->Finish()));
  HIR_RETURN_IF_ERROR(sent);
  WeightsId serving = FromProto(response.serving());
  if (serving.digest != version.digest) {
    return absl::DataLossError(absl::StrCat("the worker serves digest ",
                                            ShortDigest(serving.digest), " instead of ",
                                            ShortDigest(version.digest)));
  }
  return serving;
}

absl::StatusOr<ReceivedWeights> FetchWeights(learner::v1::Learner::StubInterface& learner,
                                             const std::string& run, uint64_t max_bytes,
                                             grpc::ClientContext& context) {
  learner::v1::FetchWeightsRequest request;
  request.set_run(run);
  auto reader = learner.FetchWeights(&context, request);
  WeightsReceiver receiver(max_bytes);
  UpdateWeightsRequest message;
  while (reader->Read(&message)) {
    if (absl::Status status = receiver.Add(message); !status.ok()) {
      context.TryCancel();
      reader->Finish();
      return status;
    }
  }
  HIR_RETURN_IF_ERROR(FromGrpc(reader->Finish()));
  return receiver.Finish();
}

}  // namespace hir
