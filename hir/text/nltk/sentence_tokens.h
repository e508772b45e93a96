// The tokens of a sentence as NLTK's word tokenizer finds them, see word_tokenize.h.
#ifndef HIR_TEXT_NLTK_SENTENCE_TOKENS_H_
#define HIR_TEXT_NLTK_SENTENCE_TOKENS_H_

#include <cstddef>
#include <forward_list>
#include <string>
#include <string_view>
#include <vector>

namespace hir::nltk::internal {

// A sentence and its tokens. Immutable; thread-safe.
//
// They are those of TakeTokenizerSteps(), which takes all steps one after the other over all of the
// sentence. But what the steps make of nearly every piece between two white spaces can be told by
// looking at it once; only the others, with their neighbours of that kind, take the steps.
class SentenceTokens {
 public:
  explicit SentenceTokens(std::u32string_view sentence);

  const std::u32string& sentence() const { return sentence_; }
  // In order; they live as long as this.
  const std::vector<std::u32string_view>& tokens() const { return tokens_; }

  // Not copied: the tokens look into it.
  SentenceTokens(const SentenceTokens&) = delete;
  SentenceTokens& operator=(const SentenceTokens&) = delete;

 private:
  void AddInSteps(size_t begin, size_t end);

  const std::u32string sentence_;
  std::forward_list<std::u32string> rewritten_;  // Parts of it.
  std::vector<std::u32string_view> tokens_;      // Views of both, or constants.
};

}  // namespace hir::nltk::internal

#endif  // HIR_TEXT_NLTK_SENTENCE_TOKENS_H_
