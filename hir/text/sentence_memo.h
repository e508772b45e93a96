// What is known of the sentences of some texts, for other texts that have the same ones: the loose
// variants of a response differ in a line or in asterisks.
#ifndef HIR_TEXT_SENTENCE_MEMO_H_
#define HIR_TEXT_SENTENCE_MEMO_H_

#include <string>
#include <string_view>
#include <unordered_map>

namespace hir {

// The keys are views of the texts, which outlive it. Not thread-safe.
struct SentenceMemo {
  // Whether a sentence ends within two neighbouring words (SentenceSpans()).
  std::unordered_map<std::u32string_view, bool> breaks;
  // The tokens of a sentence, separated (SeparatedWords()).
  std::unordered_map<std::u32string_view, std::u32string> words;
};

}  // namespace hir

#endif  // HIR_TEXT_SENTENCE_MEMO_H_
