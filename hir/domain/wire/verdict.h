// Verdicts on the wire.
#ifndef HIR_DOMAIN_WIRE_VERDICT_H_
#define HIR_DOMAIN_WIRE_VERDICT_H_

#include <vector>

#include "absl/types/span.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "hir/common/v1/common.pb.h"
#include "hir/domain/verdict.h"

namespace hir {

using ConstraintVerdicts = google::protobuf::RepeatedPtrField<common::v1::ConstraintVerdict>;

common::v1::Verdict ToProto(Verdict verdict);
// Any other number is undecidable, so never a pass.
Verdict FromProto(common::v1::Verdict verdict);

common::v1::ConstraintVerdict ToProto(const CheckResult& result);
CheckResult FromProto(const common::v1::ConstraintVerdict& verdict);

void AppendVerdicts(absl::Span<const CheckResult> results, ConstraintVerdicts& verdicts);
// Without their reasons, in order.
std::vector<Verdict> VerdictsOf(const ConstraintVerdicts& verdicts);
// The votes on each constraint, in order.
std::vector<Votes> VotesOf(const ConstraintVerdicts& verdicts);

}  // namespace hir

#endif  // HIR_DOMAIN_WIRE_VERDICT_H_
