// Decodes a response token by token, to show it while it is generated.
#ifndef HIR_TOKENIZER_TEXT_STREAM_H_
#define HIR_TOKENIZER_TEXT_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "hir/tokenizer/tokenizer.h"

namespace hir {

// The text of a growing list of tokens. The results of Push() and Finish() together equal
// Tokenizer::Decode() of all tokens. Not thread-safe.
class TextStream {
 public:
  // Borrows `tokenizer`, which must outlive this object.
  explicit TextStream(const Tokenizer& tokenizer, bool skip_special_tokens = true)
      : tokenizer_(tokenizer), skip_special_tokens_(skip_special_tokens) {}

  // Adds a token and returns the text that has become certain. Holds back an incomplete UTF-8
  // sequence until a later token completes it.
  std::string Push(int32_t id);

  // Returns the text still held back. REQUIRES: the last call, made once.
  std::string Finish();

 private:
  const Tokenizer& tokenizer_;
  bool skip_special_tokens_;
  std::vector<int32_t>
      window_;  // The last returned tokens, which affect how the next decode, and held ones.
  size_t returned_ = 0;  // Tokens of the window whose text was returned.
};

}  // namespace hir

#endif  // HIR_TOKENIZER_TEXT_STREAM_H_
