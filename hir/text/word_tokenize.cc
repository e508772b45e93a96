#include "hir/text/word_tokenize.h"

#include "hir/text/punkt.h"
#include "hir/text/treebank.h"
#include "hir/text/unicode.h"

namespace hir {

std::vector<std::u32string> WordTokens(std::u32string_view text) {
  std::vector<std::u32string> tokens;
  for (std::u32string_view sentence : Sentences(text)) {
    const std::u32string separated = internal::SeparateTokens(sentence);
    for (std::u32string_view token : Split(separated)) tokens.emplace_back(token);
  }
  return tokens;
}

}  // namespace hir
