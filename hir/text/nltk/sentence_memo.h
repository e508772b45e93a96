// Caches results about sentences for other texts that contain the same ones: the loose variants of
// a response differ only in a line or in asterisks.
#ifndef HIR_TEXT_NLTK_SENTENCE_MEMO_H_
#define HIR_TEXT_NLTK_SENTENCE_MEMO_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "hir/text/nltk/sentence_tokens.h"
#include "hir/text/scan/bytes_hash.h"

namespace hir::nltk {

// Not thread-safe.
class SentenceMemo {
 public:
  // Whether a sentence ends within neighbouring words: the result of `find_out`, which is called
  // once for the same words.
  template <typename FindOut>
  bool Breaks(std::u32string_view words, FindOut find_out) {
    auto known = breaks_.find(words);
    if (known == breaks_.end()) known = breaks_.emplace(words, find_out(words)).first;
    return known->second;
  }

  // The tokens of a sentence; valid as long as this.
  const internal::SentenceTokens& Tokens(std::u32string_view sentence) {
    const auto known = tokens_.find(sentence);
    if (known != tokens_.end()) return *known->second;
    auto tokens = std::make_unique<const internal::SentenceTokens>(sentence);
    const std::u32string_view key = tokens->sentence();
    return *tokens_.emplace(key, std::move(tokens)).first->second;
  }

 private:
  absl::flat_hash_map<std::u32string, bool, scan::BytesHash, std::equal_to<>> breaks_;
  absl::flat_hash_map<std::u32string_view, std::unique_ptr<const internal::SentenceTokens>,
                      scan::BytesHash>
      tokens_;
};

}  // namespace hir::nltk

#endif  // HIR_TEXT_NLTK_SENTENCE_MEMO_H_
