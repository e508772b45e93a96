// Decodes a response token by token for showing it while it is made.
#ifndef HIR_TOKENIZER_TEXT_STREAM_H_
#define HIR_TOKENIZER_TEXT_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "hir/tokenizer/tokenizer.h"

namespace hir {

// Text of a growing list of tokens. What Push() returned, joined, followed by Finish(), equals
// Tokenizer::Decode() of all tokens. Not thread-safe.
class TextStream {
 public:
  // Borrows `tokenizer`, which must outlive this object.
  explicit TextStream(const Tokenizer& tokenizer, bool skip_special_tokens = true)
      : tokenizer_(tokenizer), skip_special_tokens_(skip_special_tokens) {}

  // Adds a token and returns the text that became certain. Text that ends inside a UTF-8 sequence
  // is held back until a later token completes it.
  std::string Push(int32_t id);

  // Returns what is still held back. REQUIRES: called once; nothing follows it.
  std::string Finish();

 private:
  const Tokenizer& tokenizer_;
  bool skip_special_tokens_;
  std::vector<int32_t>
      window_;           // Tokens returned last, which the next ones may join, and held ones.
  size_t returned_ = 0;  // Tokens of the window whose text was returned.
};

}  // namespace hir

#endif  // HIR_TOKENIZER_TEXT_STREAM_H_
