// What a checker says about one constraint of one response.
#ifndef HIR_CONSTRAINTS_VERDICT_H_
#define HIR_CONSTRAINTS_VERDICT_H_

#include <string>
#include <utility>

namespace hir {

enum class Verdict {
  kPass,
  kFail,
  kUndecidable,  // The official checker raises here, or the work budget ran out. Never a pass.
};

struct CheckResult {
  Verdict verdict = Verdict::kFail;
  std::string reason;  // One sentence when undecidable; else empty.

  bool operator==(const CheckResult&) const = default;
};

inline CheckResult PassIf(bool holds) { return {holds ? Verdict::kPass : Verdict::kFail, {}}; }

inline CheckResult Undecidable(std::string reason) {
  return {Verdict::kUndecidable, std::move(reason)};
}

}  // namespace hir

#endif  // HIR_CONSTRAINTS_VERDICT_H_
