// Splits a sentence into tokens as NLTK's word tokenizer does; see word_tokenize.h.
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
// The tokens are those of TakeTokenizerSteps(), which runs all steps one after the other over the
// whole sentence. For nearly every piece between white space the result of the steps can be
// predicted in one scan; only the others, with adjacent ones of that kind, go through the steps.
class SentenceTokens {
 public:
  explicit SentenceTokens(std::u32string_view sentence);

  const std::u32string& sentence() const { return sentence_; }
  // In order; valid as long as this.
  const std::vector<std::u32string_view>& tokens() const { return tokens_; }

  // Not copyable, since tokens_ views the other members.
  SentenceTokens(const SentenceTokens&) = delete;
  SentenceTokens& operator=(const SentenceTokens&) = delete;

 private:
  void AddInSteps(size_t begin, size_t end);

  const std::u32string sentence_;
  std::forward_list<std::u32string> rewritten_;  // Parts of the sentence that the steps changed.
  std::vector<std::u32string_view> tokens_;      // Views of both, or constants.
};

}  // namespace hir::nltk::internal

#endif  // HIR_TEXT_NLTK_SENTENCE_TOKENS_H_
