// Makes the checkers for constraints on the wire, and counts their verdicts.
#ifndef HIR_SERVICES_VERIFIER_TRANSLATION_H_
#define HIR_SERVICES_VERIFIER_TRANSLATION_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "hir/checkers/core/registry.h"
#include "hir/common/v1/common.pb.h"
#include "hir/domain/verdict.h"
#include "hir/metrics/service_metrics.h"

namespace hir {

using Checkers = std::vector<std::unique_ptr<Checker>>;
using Constraints = google::protobuf::RepeatedPtrField<common::v1::Constraint>;

// Makes one checker per constraint, in order. INVALID_ARGUMENT: too many constraints, or an error
// of ParseArguments() or CheckerRegistry::Create(); the message names the constraint's place.
absl::StatusOr<Checkers> MakeCheckers(const CheckerRegistry& registry,
                                      const Constraints& constraints);

// Counts the strict verdicts on one response: each check, and the share that passed.
void CountVerdicts(const Constraints& constraints, const std::vector<CheckResult>& results,
                   VerifierMetrics& metrics);

}  // namespace hir

#endif  // HIR_SERVICES_VERIFIER_TRANSLATION_H_
