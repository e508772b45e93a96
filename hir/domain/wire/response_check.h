// The checks of any response on its way rollout -> verifier -> replay, so that verifier and replay
// refuse the same ones. Replay also compares a response with its task.
#ifndef HIR_DOMAIN_WIRE_RESPONSE_CHECK_H_
#define HIR_DOMAIN_WIRE_RESPONSE_CHECK_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "hir/common/v1/common.pb.h"

namespace hir {

// common.proto's Response as this version writes and reads it.
inline constexpr uint32_t kResponseSchema = 1;

// For a worker's address, a verifier's build and the like.
inline constexpr size_t kMaxNameBytes = 256;
// In nats. A token drawn from 32-bit probabilities has a probability above e^-104.
inline constexpr float kLeastLogprob = -150;

// Checks `response` against common.proto. INVALID_ARGUMENT: the message names the sample and field.
absl::Status CheckResponse(const common::v1::Response& response);

}  // namespace hir

#endif  // HIR_DOMAIN_WIRE_RESPONSE_CHECK_H_
