#include "hir/domain/wire/response.h"

namespace hir {

common::v1::FinishReason ToProto(FinishReason reason) {
  return reason == FinishReason::kLength ? common::v1::FINISH_REASON_LENGTH
                                         : common::v1::FINISH_REASON_STOP;
}

FinishReason FromProto(common::v1::FinishReason reason) {
  return reason == common::v1::FINISH_REASON_LENGTH ? FinishReason::kLength : FinishReason::kStop;
}

common::v1::EntropySource ToProto(EntropySource source) {
  return source == EntropySource::kSampled ? common::v1::ENTROPY_SOURCE_SAMPLED
                                           : common::v1::ENTROPY_SOURCE_EXACT;
}

EntropySource FromProto(common::v1::EntropySource source) {
  return source == common::v1::ENTROPY_SOURCE_SAMPLED ? EntropySource::kSampled
                                                      : EntropySource::kExact;
}

common::v1::VersionSpan ToProto(const WeightsSpan& span) {
  common::v1::VersionSpan proto;
  proto.set_first_token(span.first_token);
  *proto.mutable_weights() = ToProto(span.weights);
  return proto;
}

WeightsSpan FromProto(const common::v1::VersionSpan& span) {
  return {span.first_token(), FromProto(span.weights())};
}

Response FromProto(const common::v1::Response& response) {
  Response result = {.tokens = {response.token_ids().begin(), response.token_ids().end()},
                     .log_probabilities = {response.logprobs().begin(), response.logprobs().end()},
                     .entropy_mean = response.entropy_mean_nats(),
                     .entropy_source = FromProto(response.entropy_source()),
                     .finish_reason = FromProto(response.finish_reason()),
                     .text = response.text()};
  for (const common::v1::VersionSpan& span : response.versions()) {
    result.spans.push_back(FromProto(span));
  }
  return result;
}

}  // namespace hir
