#include "hir/text/word_tokenize.h"

#include "hir/text/punkt.h"
#include "hir/text/treebank.h"

namespace hir {

std::u32string SeparatedWords(std::u32string_view text, SentenceMemo* memo) {
  std::u32string words;
  words.reserve(text.size());
  // What SeparateTokens() gives begins and ends with a space.
  for (const std::u32string_view sentence : Sentences(text, memo)) {
    words += memo == nullptr ? internal::SeparateTokens(sentence)
                             : memo->words.Get(sentence, internal::SeparateTokens);
  }
  return words;
}

}  // namespace hir
