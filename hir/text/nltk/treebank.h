// The ordered substitutions of NLTK's word tokenizer over one sentence.
//
// Source: NLTKWordTokenizer and MacIntyreContractions of NLTK 3.9.2: 28 regular expressions, each
// written here as one linear scan that replaces all non-overlapping matches from left to right.
#ifndef HIR_TEXT_NLTK_TREEBANK_H_
#define HIR_TEXT_NLTK_TREEBANK_H_

#include <string>
#include <string_view>

namespace hir::nltk::internal {

// Whether a stretch of a sentence is at its beginning and at its end.
struct StretchEnds {
  bool first;
  bool last;
};

// Applies all substitutions, one after the other, to a stretch of a sentence. The result has white
// space around every token and is ready for str.split(). The order matters: each step sees the
// white space that earlier ones inserted. REQUIRES: `stretch` is not empty.
std::u32string TakeTokenizerSteps(std::u32string_view stretch, StretchEnds ends);

// Characters allowed between the last period of a sentence and its end.
inline constexpr std::u32string_view kPeriodClosers = U"])}>\"'»”’ ";

inline bool IsOneOf(char32_t c, std::u32string_view set) { return set.find(c) != set.npos; }

// Whether the steps split this run of word characters in two, as they split "cannot".
bool IsContraction(std::u32string_view letters);

}  // namespace hir::nltk::internal

#endif  // HIR_TEXT_NLTK_TREEBANK_H_
