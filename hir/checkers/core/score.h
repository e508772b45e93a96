// Strict and loose verdicts of one response on all constraints of its instruction.
//
// Source: IFEval (arXiv:2311.07911), section 2.2: a loose verdict passes when any of eight
// transformations of the response passes.
#ifndef HIR_CHECKERS_CORE_SCORE_H_
#define HIR_CHECKERS_CORE_SCORE_H_

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "hir/checkers/core/registry.h"
#include "hir/checkers/core/response_text.h"
#include "hir/domain/verdict.h"
#include "hir/text/scan/scan_text.h"

namespace hir {

inline constexpr int kLooseVariants = 8;
inline constexpr char kCallCancelled[] = "The call was cancelled.";

struct Scores {
  std::vector<CheckResult> strict;  // One per constraint, in order.
  std::vector<CheckResult> loose;
};

// The text under the eight transformations, in the order the official code tries them: as it is;
// without asterisks; without its first line; without its last line; without both; the last three
// without asterisks too. Equal transformations share one ResponseText, and all share one
// SentenceMemo. Not thread-safe.
class ResponseVariants {
 public:
  explicit ResponseVariants(scan::ScanText raw);

  const ResponseText& raw() const { return *texts_[0]; }
  // `variant` in [0, kLooseVariants). The first call makes all variants.
  const ResponseText& text(int variant);
  // The first variant whose text equals that of `variant`; at most `variant`.
  int FirstEqual(int variant);

 private:
  void MakeAll();
  void Add(int variant, scan::ScanText text);

  nltk::SentenceMemo memo_;
  std::vector<std::unique_ptr<ResponseText>> texts_;  // No two are equal.
  std::array<int, kLooseVariants> index_ = {};        // In `texts_`, by variant.
  std::array<int, kLooseVariants> first_ = {};
  bool made_ = false;
};

// The verdict on one text. A blank text fails without a call of the checker, unless the checker
// decides blank texts, too. The verdict is undecidable if it takes more than a WorkBudget or the
// checker throws. Depends on nothing but its arguments.
CheckResult CheckText(const Checker& checker, const ResponseText& text);

// Strict and loose verdicts. A loose verdict is the first one over the variants that is not a fail
// (undecidable counts, since the official scan stops where a checker raises), or else a fail. A
// checker that waits is called once, on the text as it is. No checker may be null.
//
// `cancelled` is called before each check. Once it returns true no more checkers are called, and
// the result must not be used.
Scores Score(
    absl::Span<const std::unique_ptr<Checker>> checkers, std::string_view response_utf8,
    absl::FunctionRef<bool()> cancelled = [] { return false; });

}  // namespace hir

#endif  // HIR_CHECKERS_CORE_SCORE_H_
