#include "services/rollout/growing_response.h"

#include <utility>

namespace hir {

ResponsePiece GrowingResponse::Push(const ScoredToken& token) {
  if (keeps_tokens_) waiting_.push_back(token);
  return PieceOf(text_.Push(token.token));
}

ResponsePiece GrowingResponse::Finish() { return PieceOf(text_.Finish()); }

ResponsePiece GrowingResponse::PieceOf(std::string text) {
  ResponsePiece piece{std::move(text), {}};
  while (!waiting_.empty() && handed_out_ < text_.text_tokens()) {
    piece.tokens.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    ++handed_out_;
  }
  return piece;
}

}  // namespace hir
