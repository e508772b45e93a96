// A checker's decision about one constraint of one response. reward.h makes rewards of verdicts.
#ifndef HIR_DOMAIN_VERDICT_H_
#define HIR_DOMAIN_VERDICT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/types/span.h"

namespace hir {

// Whether the response meets the constraint.
enum class Verdict {
  kPass,
  kFail,
  kUndecidable,  // The official checker raises here, or the work budget ran out. Never a pass.
};

// "pass", "fail" or "undecidable", as in run folders, metrics and messages.
const char* VerdictName(Verdict verdict);
// The inverse of VerdictName(); nullopt for any other name.
std::optional<Verdict> ParseVerdict(std::string_view name);

// What a judge, which is asked several times, answered. `asked` is 0 where nobody voted.
struct Votes {
  uint32_t asked = 0;
  uint32_t yes = 0;  // At most `asked`.

  bool operator==(const Votes&) const = default;
};

// A verdict and, if it is undecidable, why.
struct CheckResult {
  Verdict verdict = Verdict::kFail;
  std::string reason;  // One sentence when undecidable; else empty.
  Votes votes = {};    // That the verdict follows from, if any.

  bool operator==(const CheckResult&) const = default;
};

inline CheckResult PassIf(bool holds) { return {holds ? Verdict::kPass : Verdict::kFail, {}}; }

// An undecidable result; `reason` is one sentence.
inline CheckResult Undecidable(std::string reason) {
  return {Verdict::kUndecidable, std::move(reason)};
}

// The verdicts without their reasons, in order.
std::vector<Verdict> VerdictsOf(absl::Span<const CheckResult> results);

}  // namespace hir

#endif  // HIR_DOMAIN_VERDICT_H_
