// The ordered substitutions of NLTK's word tokenizer over one sentence.
//
// Source: NLTKWordTokenizer and MacIntyreContractions of NLTK 3.9.2: 28 regular expressions, each
// written here as one linear scan that replaces all non-overlapping matches from left to right.
#ifndef HIR_TEXT_TREEBANK_H_
#define HIR_TEXT_TREEBANK_H_

#include <forward_list>
#include <string>
#include <string_view>
#include <vector>

namespace hir::internal {

// A sentence and its tokens. Immutable; thread-safe.
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
  std::vector<std::u32string_view> tokens_;      // Views of both.
};

// Whether a stretch of a sentence is at its beginning and at its end.
struct StretchEnds {
  bool first;
  bool last;
};

// All substitutions, one after the other, over a stretch of a sentence: it then has white space
// around every token, as it is before str.split(). The order of the steps matters: each sees the
// white space that the ones before it put in. REQUIRES: `stretch` is not empty.
std::u32string TakeTokenizerSteps(std::u32string_view stretch, StretchEnds ends);

}  // namespace hir::internal

#endif  // HIR_TEXT_TREEBANK_H_
