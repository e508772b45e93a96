#include "hir/text/lexicon/linked_data.h"

extern "C" {
extern const char hir_linked_data_begin[], hir_linked_data_end[];
extern const char hir_punkt_abbreviations_begin[], hir_punkt_abbreviations_end[];
extern const char hir_punkt_collocations_begin[], hir_punkt_collocations_end[];
extern const char hir_punkt_starters_begin[], hir_punkt_starters_end[];
extern const char hir_punkt_ortho_begin[], hir_punkt_ortho_end[];
extern const char hir_stopwords_begin[], hir_stopwords_end[];
extern const char hir_syllables_begin[], hir_syllables_end[];
extern const char hir_emoji_begin[], hir_emoji_end[];
extern const char hir_langdetect_begin[], hir_langdetect_end[];
}

namespace hir::lexicon {
namespace {

std::string_view Between(const char* begin, const char* end) {
  return std::string_view(begin, static_cast<size_t>(end - begin));
}

}  // namespace

std::string_view PunktAbbreviations() {
  return Between(hir_punkt_abbreviations_begin, hir_punkt_abbreviations_end);
}
std::string_view PunktCollocations() {
  return Between(hir_punkt_collocations_begin, hir_punkt_collocations_end);
}
std::string_view PunktStarters() {
  return Between(hir_punkt_starters_begin, hir_punkt_starters_end);
}
std::string_view PunktOrtho() { return Between(hir_punkt_ortho_begin, hir_punkt_ortho_end); }
std::string_view Stopwords() { return Between(hir_stopwords_begin, hir_stopwords_end); }
std::string_view SyllableData() { return Between(hir_syllables_begin, hir_syllables_end); }
std::string_view EmojiData() { return Between(hir_emoji_begin, hir_emoji_end); }
std::string_view AllLinkedData() { return Between(hir_linked_data_begin, hir_linked_data_end); }
std::string_view LangdetectData() { return Between(hir_langdetect_begin, hir_langdetect_end); }

}  // namespace hir::lexicon
