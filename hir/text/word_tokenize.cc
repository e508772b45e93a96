#include "hir/text/word_tokenize.h"

#include "hir/text/punkt.h"
#include "hir/text/treebank.h"

namespace hir {

std::u32string SeparatedWords(std::u32string_view text) {
  std::u32string words;
  words.reserve(text.size());
  // What SeparateTokens() gives begins and ends with a space.
  for (const SentenceSpan& span : SentenceSpans(text)) {
    words += internal::SeparateTokens(text.substr(span.begin, span.end - span.begin));
  }
  return words;
}

}  // namespace hir
