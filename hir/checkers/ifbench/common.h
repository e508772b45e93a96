// What the sub-families of IFBench share.
#ifndef HIR_CHECKERS_IFBENCH_COMMON_H_
#define HIR_CHECKERS_IFBENCH_COMMON_H_

#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/checkers/core/checker_builder.h"
#include "hir/checkers/core/regex_sentences.h"
#include "hir/checkers/core/registry.h"
#include "hir/text/python/unicode.h"
#include "hir/text/scan/word_tables.h"

namespace hir::ifbench {

// Above every code point.
inline constexpr char32_t kNoCharacter = 0x110000;

// The sentences that the ruleset's checkers see: Punkt's, or in the older copy RegexSentences().
// Views into `response` and its caches. Over budget: none.
inline std::vector<std::u32string_view> SentencesBy(Ruleset ruleset, const ResponseText& response) {
  if (ruleset == Ruleset::kIfbench020) return response.sentences();
  const std::vector<std::u32string>& sentences = response.regex_sentences();
  return {sentences.begin(), sentences.end()};
}

// Finds words of a response in a list, once they are in lower case.
class LowerFinder {
 public:
  // Both outlive this.
  LowerFinder(const ResponseText& response, const scan::WordList& words)
      : text_(response.scan()),
        lower_(response.lower_scan()),
        aligned_(lower_.size() == text_.size()),
        words_(words) {}

  // `word` is a part of the response as it is.
  bool Contains(scan::TextSpan word) const {
    // Each word is at its place in the lower-case text, unless that is longer. The case of other
    // characters around it matters to none in ASCII.
    if (aligned_) return words_.Contains(lower_, word);
    const scan::ScanText alone(python::ToLower(CodePointsOf(text_, word)));
    return words_.Contains(alone, {0, alone.size()});
  }

 private:
  const scan::ScanText& text_;
  const scan::ScanText& lower_;
  const bool aligned_;
  const scan::WordList& words_;
};

// The older copy raises where the newer one has a verdict.
inline CheckResult FailsOrRaises(Ruleset ruleset, const char* what) {
  if (ruleset == Ruleset::kIfbench020) return PassIf(false);
  return Undecidable(what);
}

}  // namespace hir::ifbench

#endif  // HIR_CHECKERS_IFBENCH_COMMON_H_
