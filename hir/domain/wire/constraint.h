// Constraints on the wire, and the limits that every receiver enforces.
#ifndef HIR_DOMAIN_WIRE_CONSTRAINT_H_
#define HIR_DOMAIN_WIRE_CONSTRAINT_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/base/json.h"
#include "hir/common/v1/common.pb.h"
#include "hir/domain/constraint.h"

namespace hir {

inline constexpr int kMaxConstraints = 256;  // Per instruction and per item of Verify.
inline constexpr size_t kMaxKindBytes = 256;
inline constexpr size_t kMaxArgumentsBytes = size_t{1} << 20;
// Below kMaxJsonDepth, since records that are read with that limit nest arguments some levels down.
inline constexpr int kMaxArgumentsDepth = kMaxJsonDepth - 10;

// INVALID_ARGUMENT: more than kMaxConstraints.
absl::Status CheckConstraintCount(int count);

// Returns the constraint's arguments as a JSON object; {} if it has none. INVALID_ARGUMENT: the
// kind or the arguments are too large, or the arguments are not a JSON object or are nested too
// deep; the message names the kind.
absl::StatusOr<nlohmann::json> ParseArguments(const common::v1::Constraint& constraint);

common::v1::Constraint ToProto(const Constraint& constraint);
// REQUIRES: the constraint was checked when it was received. Arguments that ParseArguments()
// refuses but an older version accepted become a JSON string of their text.
Constraint FromProto(const common::v1::Constraint& constraint);

}  // namespace hir

#endif  // HIR_DOMAIN_WIRE_CONSTRAINT_H_
