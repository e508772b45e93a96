// What a response must be on its way rollout -> verifier -> replay: verifier and replay refuse the
// same ones.
#ifndef HIR_RPC_RESPONSE_CHECK_H_
#define HIR_RPC_RESPONSE_CHECK_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "hir/common/v1/common.pb.h"

namespace hir {

// common.proto's Response as this version writes and reads it.
inline constexpr uint32_t kResponseSchema = 1;

// A run's name is part of keys and paths. INVALID_ARGUMENT: not 1-64 of [a-zA-Z0-9._-].
absl::Status CheckRunName(const std::string& run);

// Checks `response` against common.proto. INVALID_ARGUMENT: the message names the sample and field.
absl::Status CheckResponse(const common::v1::Response& response);

}  // namespace hir

#endif  // HIR_RPC_RESPONSE_CHECK_H_
