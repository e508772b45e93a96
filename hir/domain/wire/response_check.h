// What any response must be on its way rollout -> verifier -> replay: verifier and replay refuse
// the same ones. Replay compares it with its task besides.
#ifndef HIR_DOMAIN_WIRE_RESPONSE_CHECK_H_
#define HIR_DOMAIN_WIRE_RESPONSE_CHECK_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "hir/common/v1/common.pb.h"

namespace hir {

// common.proto's Response as this version writes and reads it.
inline constexpr uint32_t kResponseSchema = 1;

// Weights wait for running responses, so a response has one span but for what is to come.
inline constexpr int kMaxVersionSpans = 256;
// Of a worker's address, a verifier's build and the like.
inline constexpr size_t kMaxNameBytes = 256;
// In nats. What is drawn by weights in 32 bits has a probability above e^-104.
inline constexpr float kLeastLogprob = -150;

// Checks `response` against common.proto. INVALID_ARGUMENT: the message names the sample and field.
absl::Status CheckResponse(const common::v1::Response& response);

}  // namespace hir

#endif  // HIR_DOMAIN_WIRE_RESPONSE_CHECK_H_
