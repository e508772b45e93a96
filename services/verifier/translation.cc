#include "services/verifier/translation.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/domain/reward.h"
#include "hir/domain/wire/constraint.h"

namespace hir {
namespace {

StatusOrChecker CreateChecker(const CheckerRegistry& registry,
                              const common::v1::Constraint& constraint) {
  HIR_ASSIGN_OR_RETURN(const nlohmann::json arguments, ParseArguments(constraint));
  return registry.Create(constraint.kind(), arguments);
}

}  // namespace

absl::StatusOr<Checkers> MakeCheckers(const CheckerRegistry& registry,
                                      const Constraints& constraints) {
  HIR_RETURN_IF_ERROR(CheckConstraintCount(constraints.size()));
  Checkers checkers;
  for (int i = 0; i < constraints.size(); ++i) {
    auto checker = CreateChecker(registry, constraints[i]);
    if (!checker.ok()) {
      return absl::Status(checker.status().code(),
                          absl::StrCat("Constraint ", i, ": ", checker.status().message()));
    }
    checkers.push_back(*std::move(checker));
  }
  return checkers;
}

void CountVerdicts(const Constraints& constraints, const std::vector<CheckResult>& results,
                   VerifierMetrics& metrics) {
  for (int i = 0; i < constraints.size(); ++i) {
    metrics.CountCheck(constraints[i].kind(), VerdictName(results[i].verdict));
  }
  if (!results.empty()) metrics.integrity.Observe(ConstraintAccuracy(VerdictsOf(results)));
}

}  // namespace hir
