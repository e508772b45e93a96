#include "hir/text/nltk/word_tokenize.h"

#include "hir/text/nltk/punkt.h"

namespace hir::nltk {

using scan::ScanText;

std::vector<std::u32string_view> WordTokens(const ScanText& text, SentenceMemo& memo) {
  std::vector<std::u32string_view> all;
  ForEachSentenceTokens(text, memo, [&](absl::Span<const std::u32string_view> tokens) {
    all.insert(all.end(), tokens.begin(), tokens.end());
    return true;
  });
  return all;
}

void ForEachSentenceTokens(
    const ScanText& text, SentenceMemo& memo,
    const std::function<bool(absl::Span<const std::u32string_view> tokens)>& take) {
  for (const std::u32string_view sentence : Sentences(text, &memo)) {
    if (!take(memo.Tokens(sentence).tokens())) return;
  }
}

}  // namespace hir::nltk
