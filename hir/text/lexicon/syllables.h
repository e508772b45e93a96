// Counts the syllables of English words.
#ifndef HIR_TEXT_LEXICON_SYLLABLES_H_
#define HIR_TEXT_LEXICON_SYLLABLES_H_

#include <string_view>

namespace hir::lexicon {

// syllapy.count() of syllapy 0.7.2 for a word without white space and ASCII punctuation: looked up
// in a list of 6,392 words, else the number of its groups of vowels (aeiouy; a final e subtracts
// one, "le" after a consonant adds one), at least one. An empty word and a word with a digit have
// 0. The first call builds the table. Thread-safe.
int CountSyllables(std::u32string_view word);

}  // namespace hir::lexicon

#endif  // HIR_TEXT_LEXICON_SYLLABLES_H_
