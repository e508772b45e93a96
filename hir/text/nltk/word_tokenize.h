// Splits English text into words and punctuation exactly as nltk.word_tokenize does.
//
// Source: word_tokenize and NLTKWordTokenizer (Penn Treebank conventions) of NLTK 3.9.2: sentences
// first, then an ordered chain of substitutions over each. Quirks that are kept:
// - straight double quotes become `` (opening) or '' (closing), so tokens need not occur in the
// text;
// - only the last period of a sentence, and only at its end, is a token of its own;
// - "don't" is "do" "n't", "cannot" is "can" "not", "gonna" is "gon" "na"; clitics are recognised
//   only in all-lower or all-upper case, "cannot" in any case and also with the letters that `re`
//   takes for the same without case (long s, dotless i, Kelvin sign);
// - a comma or colon is split off unless a digit follows it, and of two in a row only the first
//   is looked at ("a,,1");
// - - and / inside a word do not split it.
#ifndef HIR_TEXT_NLTK_WORD_TOKENIZE_H_
#define HIR_TEXT_NLTK_WORD_TOKENIZE_H_

#include <functional>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "hir/text/nltk/sentence_memo.h"
#include "hir/text/scan/scan_text.h"

namespace hir::nltk {

// The tokens of `text` in order; no token is empty or contains white space. They are valid as long
// as `memo`, whose cached results are reused.
//
// Linear time; thread-safe except for `memo`.
std::vector<std::u32string_view> WordTokens(const scan::ScanText& text, SentenceMemo& memo);

// Calls `take` with the tokens of each sentence until it returns false.
void ForEachSentenceTokens(
    const scan::ScanText& text, SentenceMemo& memo,
    const std::function<bool(absl::Span<const std::u32string_view> tokens)>& take);

// What to charge a WorkBudget for WordTokens(), in steps per code point; see kSentenceWork. The
// worst case measured is 230 to 310 ns, for tiny sentences that all differ; prose needs a fifth.
inline constexpr int kWordTokenizeWork = 300;

}  // namespace hir::nltk

#endif  // HIR_TEXT_NLTK_WORD_TOKENIZE_H_
