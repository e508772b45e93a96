// One response while it is being generated.
#ifndef HIR_SERVICES_ROLLOUT_GROWING_RESPONSE_H_
#define HIR_SERVICES_ROLLOUT_GROWING_RESPONSE_H_

#include <deque>
#include <string>
#include <vector>

#include "hir/engine/engine.h"
#include "hir/tokenizer/stopped_text.h"

namespace hir {

// More of a response's text, and the tokens whose text begins or continues in it.
struct ResponsePiece {
  std::string text;
  std::vector<ScoredToken> tokens;
};

// Splits a response into pieces of text and tokens, token by token. Not thread-safe.
class GrowingResponse {
 public:
  // See StoppedText. `keeps_tokens`: whether pieces include their tokens.
  GrowingResponse(const Tokenizer& tokenizer, std::vector<std::string> stop_texts,
                  size_t min_tokens, bool keeps_tokens)
      : text_(tokenizer, std::move(stop_texts), min_tokens), keeps_tokens_(keeps_tokens) {}

  // Adds a token. The piece may be empty.
  ResponsePiece Push(const ScoredToken& token);
  // Returns what was held back. REQUIRES: the last call, made once.
  ResponsePiece Finish();

  // See StoppedText.
  bool stopped() const { return text_.stopped(); }
  size_t bytes() const { return text_.bytes(); }
  size_t text_tokens() const { return text_.text_tokens(); }

 private:
  ResponsePiece PieceOf(std::string text);

  StoppedText text_;
  const bool keeps_tokens_;
  std::deque<ScoredToken> waiting_;  // Tokens that have not been in a piece yet.
  size_t handed_out_ = 0;
};

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_GROWING_RESPONSE_H_
