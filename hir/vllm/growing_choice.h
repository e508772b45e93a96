// One response of a vLLM server while it arrives.
#ifndef HIR_VLLM_GROWING_CHOICE_H_
#define HIR_VLLM_GROWING_CHOICE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/engine/engine.h"
#include "hir/vllm/messages.h"

namespace hir {

// What every response of a request must be.
struct ChoiceRules {
  int64_t vocabulary = 0;
  int64_t max_tokens = 0;
  WeightsId weights;          // Those that are served.
  bool names_weights = true;  // Whether the last piece says which weights drew which tokens.
};

// Checks each piece before any of it is used. Not thread-safe.
class GrowingChoice {
 public:
  // Both references must outlive it.
  GrowingChoice(const GenerationRequest& request, const ChoiceRules& rules, uint32_t sample);

  // Adds a piece and passes its tokens to the request's on_token. Returns whether the response has
  // ended. FAILED_PRECONDITION: a token outside the vocabulary or one too many, a log-probability
  // that is not a number or not below 0, fewer of the likeliest tokens than asked for, an end
  // without tokens or for another reason than a stop token or the length, another version of the
  // weights; half a sentence that begins with "answers".
  absl::StatusOr<bool> Add(const VllmPiece& piece);
  bool ended() const { return ended_; }

  // The response. REQUIRES: it has ended; called once.
  FinishedResponse Take() { return std::move(response_); }

 private:
  // Adds token i of the piece; returns whether on_token ends the response with it.
  absl::StatusOr<bool> AddToken(const VllmPiece& piece, size_t i);
  // Of the position of token i.
  absl::StatusOr<std::vector<TokenLogprob>> LikeliestAt(const VllmPiece& piece, size_t i) const;
  absl::Status Finish(const VllmPiece& piece);
  absl::Status CheckSpans(const VllmPiece& piece) const;

  const GenerationRequest& request_;
  const ChoiceRules& rules_;
  FinishedResponse response_;
  bool ended_ = false;
};

}  // namespace hir

#endif  // HIR_VLLM_GROWING_CHOICE_H_
