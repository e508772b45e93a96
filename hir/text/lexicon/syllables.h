// How many syllables an English word has.
#ifndef HIR_TEXT_LEXICON_SYLLABLES_H_
#define HIR_TEXT_LEXICON_SYLLABLES_H_

#include <string_view>

namespace hir::lexicon {

// syllapy.count() of syllapy 0.7.2 for a word without white space and ASCII punctuation: looked up
// in a list of 6,392 words, else its groups of vowels (aeiouy; a final e takes one off, "le" behind
// a consonant adds one) and at least one. A word with a digit, or none, has 0. The first call
// builds the table. Thread-safe.
int CountSyllables(std::u32string_view word);

}  // namespace hir::lexicon

#endif  // HIR_TEXT_LEXICON_SYLLABLES_H_
