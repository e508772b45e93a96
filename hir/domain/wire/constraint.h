// Constraints on the wire, and what one must be wherever it is taken off.
#ifndef HIR_DOMAIN_WIRE_CONSTRAINT_H_
#define HIR_DOMAIN_WIRE_CONSTRAINT_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/base/json.h"
#include "hir/common/v1/common.pb.h"
#include "hir/domain/constraint.h"

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

common::v1::Constraint ToProto(const Constraint& constraint);
// Of a constraint that was checked when it came in. Arguments that ParseArguments() refuses, as
// older versions took them, stay the text that they are.
Constraint FromProto(const common::v1::Constraint& constraint);

}  // namespace hir

#endif  // HIR_DOMAIN_WIRE_CONSTRAINT_H_
