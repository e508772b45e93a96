// Splits English text into sentences exactly as nltk.sent_tokenize does.
//
// Source: Kiss and Strunk, "Unsupervised Multilingual Sentence Boundary Detection" (2006), as
// implemented by PunktSentenceTokenizer of NLTK 3.9.2 with the English parameters of punkt_tab.
// Quirks that are kept because verdicts depend on them:
// - only . ? ! end a sentence, and only before white space or one of )";}]*:@'({[?! - so a heading,
// a list item or a line end is not a boundary, nor is there one in "end.Next";
// - a boundary is decided from two neighbouring words alone; "e.g.", "U.S." and initials count as
//   abbreviations unless the next word looks like the start of a sentence;
// - closing marks "')]} after the boundary belong to the sentence before it, but only if white
// space,
//   "--" or the end of the next sentence follows them;
// - a white space at the very first position of a stretch does not count when the word before a
//   period is looked for.
#ifndef HIR_TEXT_NLTK_PUNKT_H_
#define HIR_TEXT_NLTK_PUNKT_H_

#include <string_view>
#include <vector>

#include "hir/text/nltk/sentence_memo.h"
#include "hir/text/scan/scan_text.h"

namespace hir::nltk {

// The sentences of `text` in order, non-empty and without overlap. White space between sentences
// belongs to none; white space at the start of the text belongs to the first sentence. A text of
// only white space has no sentence.
//
// Linear time; thread-safe except for `memo`, which may be null and spares work that it has seen.
std::vector<scan::TextSpan> SentenceSpans(const scan::ScanText& text, SentenceMemo* memo = nullptr);

// The same sentences as views of text.code_points().
std::vector<std::u32string_view> Sentences(const scan::ScanText& text,
                                           SentenceMemo* memo = nullptr);

// What to charge a WorkBudget for SentenceSpans(), in steps per code point. At a nanosecond per
// step this exceeds the worst case measured (83 ns, a mark after every character); prose needs a
// tenth.
inline constexpr int kSentenceWork = 100;

}  // namespace hir::nltk

#endif  // HIR_TEXT_NLTK_PUNKT_H_
