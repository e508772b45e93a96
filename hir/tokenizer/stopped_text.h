// Decodes a response token by token and finds the first stop string in its text.
#ifndef HIR_TOKENIZER_STOPPED_TEXT_H_
#define HIR_TOKENIZER_STOPPED_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hir/tokenizer/text_stream.h"
#include "hir/tokenizer/tokenizer.h"

namespace hir {

// The text of a growing list of tokens, without special tokens, up to the beginning of a stop
// string. The stop string that ends first counts, the longest of those that end at one place, so
// that the text does not depend on token boundaries. Not thread-safe.
class StoppedText {
 public:
  // Borrows `tokenizer`, which must outlive this object. A stop string counts if it ends in the
  // text of token `min_tokens` (from 1) or later. REQUIRES: no stop string is empty.
  StoppedText(const Tokenizer& tokenizer, std::vector<std::string> stop_strings, size_t min_tokens)
      : stream_(tokenizer), stop_strings_(std::move(stop_strings)), min_tokens_(min_tokens) {}

  // Adds a token and returns the text that has become certain; holds back text that may be the
  // beginning of a stop string. REQUIRES: !stopped().
  std::string Push(int32_t id);

  // Returns the text still held back. REQUIRES: the last call, made once.
  std::string Finish();

  // Whether a stop string has occurred, which ends the response.
  bool stopped() const { return stopped_; }
  // Number of bytes returned so far.
  size_t bytes() const { return bytes_; }
  // The number of first tokens whose text was returned; after Finish() without a stop string, all
  // tokens.
  size_t text_tokens() const;

 private:
  std::string Add(std::string_view more);

  TextStream stream_;
  const std::vector<std::string> stop_strings_;
  const size_t min_tokens_;
  std::vector<size_t> starts_;  // Bytes of text before each token.
  std::string held_;            // Text not returned yet.
  size_t bytes_ = 0;
  bool stopped_ = false;
  bool finished_ = false;
};

}  // namespace hir

#endif  // HIR_TOKENIZER_STOPPED_TEXT_H_
