// Cuts a stretch of text into the words and marks that Punkt reasons about.
//
// Source: PunktLanguageVars of NLTK 3.9.2, written as a scanner instead of a look-ahead regular
// expression.
#ifndef HIR_TEXT_NLTK_PUNKT_WORDS_H_
#define HIR_TEXT_NLTK_PUNKT_WORDS_H_

#include <cstddef>
#include <string_view>

#include "hir/text/scan/ascii_set.h"

namespace hir::nltk::internal {

// Marks that are never inside a word.
inline bool IsPunktNonWord(char32_t c) {
  static constexpr scan::AsciiSet kMarks(U")\";}]*:@'({[?!");
  return kMarks.Has(c);
}

// Yields tokens from left to right; borrows `text`. Each token is one of
// - two or more dashes, two or more periods, or three or more periods with one white space between
//   (the token contains that white space, but never a line feed);
// - a word: ends before white space, a mark of IsPunktNonWord, one of the above, or a comma that is
//   followed by one of these; so "3,000" and "U.S." are words and a word keeps its last period;
// - any single other character.
// Linear in the text over all calls.
class PunktWordScanner {
 public:
  explicit PunktWordScanner(std::u32string_view text) : text_(text) {}

  // Sets `*token` to the next token and returns true, or returns false at the end of the text.
  bool Next(std::u32string_view* token);

 private:
  size_t RunLength(size_t at) const;
  size_t WordEnd(size_t at) const;
  bool StartsRun(size_t at) const;
  bool EndsWord(size_t at) const;
  bool IsGap(size_t at) const;

  std::u32string_view text_;
  size_t at_ = 0;
};

}  // namespace hir::nltk::internal

#endif  // HIR_TEXT_NLTK_PUNKT_WORDS_H_
