// What a checker says about one constraint of one response. What verdicts are worth: reward.h.
#ifndef HIR_DOMAIN_VERDICT_H_
#define HIR_DOMAIN_VERDICT_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/types/span.h"

namespace hir {

enum class Verdict {
  kPass,
  kFail,
  kUndecidable,  // The official checker raises here, or the work budget ran out. Never a pass.
};

// "pass", "fail", "undecidable": as run folders, metrics and messages name it.
const char* VerdictName(Verdict verdict);
// nullopt: `name` is none of the three.
std::optional<Verdict> ParseVerdict(std::string_view name);

struct CheckResult {
  Verdict verdict = Verdict::kFail;
  std::string reason;  // One sentence when undecidable; else empty.

  bool operator==(const CheckResult&) const = default;
};

inline CheckResult PassIf(bool holds) { return {holds ? Verdict::kPass : Verdict::kFail, {}}; }

inline CheckResult Undecidable(std::string reason) {
  return {Verdict::kUndecidable, std::move(reason)};
}

// The verdicts without their reasons, in order.
std::vector<Verdict> VerdictsOf(absl::Span<const CheckResult> results);

}  // namespace hir

#endif  // HIR_DOMAIN_VERDICT_H_
