// What a constraint must be wherever one is taken off the wire.
#ifndef HIR_RPC_CONSTRAINT_CHECK_H_
#define HIR_RPC_CONSTRAINT_CHECK_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/base/json.h"
#include "hir/common/v1/common.pb.h"

namespace hir {

inline constexpr int kMaxConstraints = 256;  // Of one instruction or one item of Verify.
inline constexpr size_t kMaxKindBytes = 256;
inline constexpr size_t kMaxArgumentsBytes = size_t{1} << 20;
// Records hold arguments some levels down and are read with kMaxJsonDepth.
inline constexpr int kMaxArgumentsDepth = kMaxJsonDepth - 10;

// INVALID_ARGUMENT: more than kMaxConstraints.
absl::Status CheckConstraintCount(int count);

// The constraint's arguments, a JSON object; {} where it has none. INVALID_ARGUMENT: its kind or
// arguments are too large, or these are no JSON object or nested too deep; the message names the
// kind.
absl::StatusOr<nlohmann::json> ParseArguments(const common::v1::Constraint& constraint);

}  // namespace hir

#endif  // HIR_RPC_CONSTRAINT_CHECK_H_
