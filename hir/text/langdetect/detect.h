// Detects the language of a text exactly as the Python package langdetect does with seed 0.
//
// Source: langdetect 1.0.9, a port of Nakatani Shuyo's language-detection: naive Bayes over
// character 1- to 3-grams with 55 language profiles, drawn at random and averaged over 7 trials.
// Quirks that are kept because verdicts depend on them:
// - the answer depends on the random numbers of CPython; texts of few words are often named
// wrongly;
// - only the first 10,000 code points count, after web and mail addresses are taken out;
// - n-grams of words written in capitals do not count, so an all-capitals text is judged by the
//   beginnings of its words;
// - Latin letters are dropped from a text with more than twice as many characters from U+0300 on.
//   The package means to leave out Latin Extended Additional there and by mistake does not.
// Probabilities equal the package's except for rounding: it sums languages in the order of its
// folder listing, this code in alphabetical order.
#ifndef HIR_TEXT_LANGDETECT_DETECT_H_
#define HIR_TEXT_LANGDETECT_DETECT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace hir::langdetect {

// A language and the probability that the text is in it.
struct LanguageProbability {
  std::string language;  // ISO 639-1, or "zh-cn", "zh-tw".
  double probability;    // In (0.1, 1].
};

// langdetect.detect_langs(): the languages of more than 10 % probability, the most probable first;
// may be empty. The first call of a process builds tables in some milliseconds. Thread-safe.
//
// NOT_FOUND: no n-gram of the text is in any profile (LangDetectException in Python): empty text,
// digits, punctuation, emoji.
absl::StatusOr<std::vector<LanguageProbability>> LanguageProbabilities(std::u32string_view text);

// langdetect.detect(): the first of LanguageProbabilities(), or "unknown" if there is none.
absl::StatusOr<std::string> DetectLanguage(std::u32string_view text);

// What to charge a WorkBudget for one call, in steps (see kSentenceWork): some passes over the
// text, then at most 7 trials of 1,001 draws that each touch 55 probabilities. Most texts need a
// twentieth of the fixed part.
inline constexpr int64_t kLangdetectWorkPerCodePoint = 10;
inline constexpr int64_t kLangdetectFixedWork = 7 * 1001 * 100;

}  // namespace hir::langdetect

#endif  // HIR_TEXT_LANGDETECT_DETECT_H_
