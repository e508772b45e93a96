// Responses on the wire. response_check.h has the checks of every receiver.
#ifndef HIR_DOMAIN_WIRE_RESPONSE_H_
#define HIR_DOMAIN_WIRE_RESPONSE_H_

#include "hir/common/v1/common.pb.h"
#include "hir/domain/response.h"
#include "hir/domain/wire/ids.h"

namespace hir {

common::v1::FinishReason ToProto(FinishReason reason);
// Unknown reasons become kStop.
FinishReason FromProto(common::v1::FinishReason reason);

common::v1::EntropySource ToProto(EntropySource source);
// Responses had no source at first: every value but SAMPLED is kExact.
EntropySource FromProto(common::v1::EntropySource source);

common::v1::VersionSpan ToProto(const WeightsSpan& span);
WeightsSpan FromProto(const common::v1::VersionSpan& span);

// Writes everything but the text, which a message may shorten, into a common.v1.Response or
// rollout.v1.GenerateResponse that has no tokens yet.
template <typename Message>
void WriteResponse(const Response& response, Message& message) {
  message.mutable_token_ids()->Add(response.tokens.begin(), response.tokens.end());
  message.mutable_logprobs()->Add(response.log_probabilities.begin(),
                                  response.log_probabilities.end());
  message.set_entropy_mean_nats(response.entropy_mean);
  message.set_entropy_source(ToProto(response.entropy_source));
  message.set_finish_reason(ToProto(response.finish_reason));
  for (const WeightsSpan& span : response.spans) *message.add_versions() = ToProto(span);
}

Response FromProto(const common::v1::Response& response);

}  // namespace hir

#endif  // HIR_DOMAIN_WIRE_RESPONSE_H_
