#include "services/verifier/translation.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/rpc/constraint_check.h"

namespace hir {
namespace {

common::v1::Verdict ToProto(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return common::v1::VERDICT_PASS;
    case Verdict::kFail:
      return common::v1::VERDICT_FAIL;
    case Verdict::kUndecidable:
      break;
  }
  return common::v1::VERDICT_UNDECIDABLE;
}

// As metrics name them.
const char* OutcomeName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "pass";
    case Verdict::kFail:
      return "fail";
    case Verdict::kUndecidable:
      break;
  }
  return "undecidable";
}

absl::StatusOr<std::unique_ptr<Checker>> MakeChecker(const CheckerRegistry& registry,
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
    auto checker = MakeChecker(registry, constraints[i]);
    if (!checker.ok()) {
      return absl::Status(checker.status().code(),
                          absl::StrCat("Constraint ", i, ": ", checker.status().message()));
    }
    checkers.push_back(*std::move(checker));
  }
  return checkers;
}

void AppendVerdicts(const std::vector<CheckResult>& results, ConstraintVerdicts& verdicts) {
  for (const CheckResult& result : results) {
    common::v1::ConstraintVerdict& verdict = *verdicts.Add();
    verdict.set_verdict(ToProto(result.verdict));
    verdict.set_reason(result.reason);
  }
}

void CountVerdicts(const Constraints& constraints, const std::vector<CheckResult>& results,
                   VerifierMetrics& metrics) {
  int passes = 0;
  for (int i = 0; i < constraints.size(); ++i) {
    metrics.CountCheck(constraints[i].kind(), OutcomeName(results[i].verdict));
    passes += results[i].verdict == Verdict::kPass;
  }
  if (!results.empty()) metrics.integrity.Observe(double(passes) / double(results.size()));
}

}  // namespace hir
