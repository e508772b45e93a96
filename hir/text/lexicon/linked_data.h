// Word lists and trained tables, linked into the program by linked_data.S, so that no file is read
// at run time. tools/fetch_text_data.py says what they are and where they come from.
#ifndef HIR_TEXT_LEXICON_LINKED_DATA_H_
#define HIR_TEXT_LEXICON_LINKED_DATA_H_

#include <string_view>

namespace hir::lexicon {

// Views of the whole program's lifetime; ASCII lines, the last one perhaps without a line end.
std::string_view PunktAbbreviations();  // One abbreviation a line, without its last period.
std::string_view PunktCollocations();   // Two types a line, separated by a tab.
std::string_view PunktStarters();       // One frequent sentence starter a line.
std::string_view PunktOrtho();          // Type, tab, sum of its bits (kOrtho*, punkt_model.h).
std::string_view Stopwords();           // NLTK's 198 English stop words, one a line.
std::string_view SyllableData();        // Word, tab, its syllables.
std::string_view EmojiData();           // A code point a line, hexadecimal, ascending.

// Binary; the layout is in pack_langdetect() of tools/fetch_text_data.py.
std::string_view LangdetectData();

// The bytes of every file above, for a digest of what verdicts follow from.
std::string_view AllLinkedData();

}  // namespace hir::lexicon

#endif  // HIR_TEXT_LEXICON_LINKED_DATA_H_
