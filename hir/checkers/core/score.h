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
  std::vector<CheckResult> strict;  // One a constraint, in order.
  std::vector<CheckResult> loose;
};

// The text under the eight transformations, in the order the official code tries them: as it is;
// without asterisks; without its first line; without its last line; without both; the last three
// without asterisks too. Equal transformations share one ResponseText, and all of them what is
// known of their sentences. Not thread-safe.
class ResponseVariants {
 public:
  explicit ResponseVariants(scan::ScanText raw);

  const ResponseText& raw() const { return *texts_[0]; }
  // `variant` in [0, kLooseVariants). Those after the first are made when one is asked for.
  const ResponseText& text(int variant);
  // First variant with a text equal to that of `variant`; at most `variant`.
  int FirstEqual(int variant);

 private:
  void MakeAll();
  void Add(int variant, scan::ScanText text);

  nltk::SentenceMemo memo_;
  std::vector<std::unique_ptr<ResponseText>> texts_;  // Different ones.
  std::array<int, kLooseVariants> index_ = {};        // In `texts_`, by variant.
  std::array<int, kLooseVariants> first_ = {};
  bool made_ = false;
};

// The verdict on one text: a blank text fails without asking the checker, unless that decides blank
// ones too, and one that takes more than a WorkBudget, or where the checker throws, is undecidable.
// Depends on nothing but its arguments.
CheckResult CheckText(const Checker& checker, const ResponseText& text);

// Strict and loose verdicts. A loose one is the first of the variants' that is not a fail (a pass,
// or undecidable since the official scan stops where a checker raises), else fail. A checker that
// waits is asked once, about the text as it is. A null checker is not allowed.
//
// `cancelled` is asked before each check: while it says true no checker is asked, and the result is
// nothing that anybody should use.
Scores Score(
    absl::Span<const std::unique_ptr<Checker>> checkers, std::string_view response_utf8,
    absl::FunctionRef<bool()> cancelled = [] { return false; });

}  // namespace hir

#endif  // HIR_CHECKERS_CORE_SCORE_H_
