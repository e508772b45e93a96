// Word lists and trained tables, linked into the program by linked_data.S, so that no file is read
// at run time. tools/fetch_text_data.py describes them and their sources.
#ifndef HIR_TEXT_LEXICON_LINKED_DATA_H_
#define HIR_TEXT_LEXICON_LINKED_DATA_H_

#include <string_view>

namespace hir::lexicon {

// The views are valid for the program's lifetime. ASCII lines; the last one may lack its line end.
std::string_view PunktAbbreviations();  // One abbreviation per line, without its last period.
std::string_view PunktCollocations();   // Two types per line, separated by a tab.
std::string_view PunktStarters();       // One frequent sentence starter per line.
std::string_view PunktOrtho();          // Type, tab, sum of its bits (kOrtho*, punkt_model.h).
std::string_view Stopwords();           // NLTK's 198 English stop words, one per line.
std::string_view SyllableData();        // Word, tab, its syllables.
std::string_view EmojiData();           // One code point per line, hexadecimal, ascending.

// Binary; the layout is in pack_langdetect() of tools/fetch_text_data.py.
std::string_view LangdetectData();

// The bytes of every file above, for the digest of everything that verdicts depend on.
std::string_view AllLinkedData();

}  // namespace hir::lexicon

#endif  // HIR_TEXT_LEXICON_LINKED_DATA_H_
