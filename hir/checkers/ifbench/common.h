// What the files of IFBench share.
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

// The sentences that the ruleset's checkers see: Punkt's, or in the older ruleset
// RegexSentences().
// Views into `response` and its caches. Over budget: none.
inline std::vector<std::u32string_view> SentencesBy(Ruleset ruleset, const ResponseText& response) {
  if (ruleset == Ruleset::kIfbench020) return response.sentences();
  const std::vector<std::u32string>& sentences = response.regex_sentences();
  return {sentences.begin(), sentences.end()};
}

// Finds the lower-case form of words of a response in a list.
class LowerFinder {
 public:
  // `response` and `words` outlive this.
  LowerFinder(const ResponseText& response, const scan::WordList& words)
      : text_(response.scan()),
        lower_(response.lower_scan()),
        aligned_(lower_.size() == text_.size()),
        words_(words) {}

  // `word` is a part of response.text(), not of its lower-case form.
  bool Contains(scan::TextSpan word) const {
    // If both texts have the same length, the word is at the same place in the lower-case text. How
    // an ASCII character is lower-cased does not depend on the characters around it.
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

// Where the older ruleset raises and the newer one fails.
inline CheckResult FailsOrRaises(Ruleset ruleset, const char* what) {
  if (ruleset == Ruleset::kIfbench020) return PassIf(false);
  return Undecidable(what);
}

}  // namespace hir::ifbench

#endif  // HIR_CHECKERS_IFBENCH_COMMON_H_
