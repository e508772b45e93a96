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

// Text of a growing list of tokens, without special tokens, up to where a stop string begins. The
// stop string that ends first counts, of those that end at one place the longest, so that the text
// does not depend on where tokens begin. Not thread-safe.
class StoppedText {
 public:
  // Borrows `tokenizer`, which must outlive this object. A stop string counts when it ends in the
  // text of the token number `min_tokens` (from 1) or later. REQUIRES: no empty one.
  StoppedText(const Tokenizer& tokenizer, std::vector<std::string> stop_strings, size_t min_tokens)
      : stream_(tokenizer), stop_strings_(std::move(stop_strings)), min_tokens_(min_tokens) {}

  // Adds a token and returns the text that became certain: what a stop string may begin with is
  // held back. REQUIRES: !stopped().
  std::string Push(int32_t id);

  // Returns what is still held back. REQUIRES: called once; nothing follows it.
  std::string Finish();

  // Whether a stop string is there: the response is over.
  bool stopped() const { return stopped_; }
  // Bytes that were returned so far.
  size_t bytes() const { return bytes_; }
  // The first so many tokens have text that was returned; after Finish() without a stop string all.
  size_t text_tokens() const;

 private:
  std::string Add(std::string_view more);

  TextStream stream_;
  const std::vector<std::string> stop_strings_;
  const size_t min_tokens_;
  std::vector<size_t> starts_;  // Bytes of text before each token.
  std::string held_;            // Text that was not returned.
  size_t bytes_ = 0;
  bool stopped_ = false;
  bool finished_ = false;
};

}  // namespace hir

#endif  // HIR_TOKENIZER_STOPPED_TEXT_H_
