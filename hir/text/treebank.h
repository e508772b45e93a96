// The ordered substitutions of NLTK's word tokenizer over one sentence.
//
// Source: NLTKWordTokenizer and MacIntyreContractions of NLTK 3.9.2: 28 regular expressions, each
// written here as one linear scan that replaces all non-overlapping matches from left to right.
#ifndef HIR_TEXT_TREEBANK_H_
#define HIR_TEXT_TREEBANK_H_

#include <string>
#include <string_view>

namespace hir::internal {

// A sentence with white space around every token, as it is before str.split(). The order of the
// steps matters: each sees the white space that the ones before it put in.
std::u32string SeparateTokens(std::u32string_view sentence);

}  // namespace hir::internal

#endif  // HIR_TEXT_TREEBANK_H_
