#include "hir/domain/verdict.h"

namespace hir {

const char* VerdictName(Verdict verdict) {
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

std::optional<Verdict> ParseVerdict(std::string_view name) {
  for (const Verdict verdict : {Verdict::kPass, Verdict::kFail, Verdict::kUndecidable}) {
    if (name == VerdictName(verdict)) return verdict;
  }
  return std::nullopt;
}

std::vector<Verdict> VerdictsOf(absl::Span<const CheckResult> results) {
  std::vector<Verdict> verdicts;
  verdicts.reserve(results.size());
  for (const CheckResult& result : results) verdicts.push_back(result.verdict);
  return verdicts;
}

}  // namespace hir
