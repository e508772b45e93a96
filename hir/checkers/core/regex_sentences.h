// The sentence splitter of IFTrain and of the older IFBench: ordered substitutions that mark where
// a sentence ends, instead of a trained model.
//
// Source: split_into_sentences of the IFEval family of checkers, 20 regular expressions and
// replacements, each one linear scan here. Quirks that are kept, because verdicts depend on them:
// - a line feed is a space, so a heading belongs to the sentence after it;
// - the marks "<prd>" and "<stop>" are put into the text, and also act where the text has them
// already;
// - each run of two or more periods ends a sentence, as does every period that no rule exempts;
// - a quotation mark after a final mark is moved in front of it;
// - an empty last piece is dropped, empty ones before it are kept.
#ifndef HIR_CHECKERS_CORE_REGEX_SENTENCES_H_
#define HIR_CHECKERS_CORE_REGEX_SENTENCES_H_

#include <string>
#include <string_view>
#include <vector>

namespace hir {

// The sentences of `text`, stripped, each with its final mark. Linear time; thread-safe.
std::vector<std::u32string> RegexSentences(std::u32string_view text);

// What to charge a WorkBudget for one call, in steps per code point (see kSentenceWork).
inline constexpr int kRegexSentenceWork = 300;

}  // namespace hir

#endif  // HIR_CHECKERS_CORE_REGEX_SENTENCES_H_
