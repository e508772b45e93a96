// What the sub-families of IFBench share.
#ifndef HIR_CONSTRAINTS_IFBENCH_H_
#define HIR_CONSTRAINTS_IFBENCH_H_

#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/constraints/checker_builder.h"
#include "hir/constraints/registry.h"
#include "hir/text/regex_sentences.h"

namespace hir {

using MadeChecker = absl::StatusOr<std::unique_ptr<Checker>>;

// Above every code point.
inline constexpr char32_t kNoCharacter = 0x110000;

// The sentences that the ruleset's checkers see: Punkt's, or in the older copy RegexSentences().
// Views into `response` and its caches. Over budget: none.
inline std::vector<std::u32string_view> SentencesBy(Ruleset ruleset, const ResponseText& response) {
  if (ruleset == Ruleset::kIfbench020) return response.sentences();
  const std::vector<std::u32string>& sentences = response.regex_sentences();
  return {sentences.begin(), sentences.end()};
}

// The older copy raises where the newer one has a verdict.
inline CheckResult FailsOrRaises(Ruleset ruleset, const char* what) {
  if (ruleset == Ruleset::kIfbench020) return PassIf(false);
  return Undecidable(what);
}

}  // namespace hir

#endif  // HIR_CONSTRAINTS_IFBENCH_H_
