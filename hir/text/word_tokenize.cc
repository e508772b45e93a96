#include "hir/text/word_tokenize.h"

#include "hir/text/punkt.h"
#include "hir/text/treebank.h"

namespace hir {

std::u32string SeparatedWords(std::u32string_view text, SentenceMemo* memo) {
  std::u32string words;
  words.reserve(text.size());
  // What SeparateTokens() gives begins and ends with a space.
  ForEachSeparatedSentence(text, memo, [&](std::u32string_view sentence) {
    words += sentence;
    return true;
  });
  return words;
}

void ForEachSeparatedSentence(std::u32string_view text, SentenceMemo* memo,
                              const std::function<bool(std::u32string_view words)>& take) {
  for (const std::u32string_view sentence : Sentences(text, memo)) {
    const bool goes_on = memo == nullptr
                             ? take(internal::SeparateTokens(sentence))
                             : take(memo->words.Get(sentence, internal::SeparateTokens));
    if (!goes_on) return;
  }
}

}  // namespace hir
