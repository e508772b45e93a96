// The responses of one request while a vLLM server's answer streams in.
#ifndef HIR_VLLM_STREAMED_ANSWER_H_
#define HIR_VLLM_STREAMED_ANSWER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/engine/engine.h"
#include "hir/vllm/growing_choice.h"
#include "hir/vllm/messages.h"

namespace hir {

// Not thread-safe.
class StreamedAnswer {
 public:
  using OnDone = std::function<void(uint32_t sample, absl::StatusOr<FinishedResponse> response)>;
  // Asks the server which weights it serves, where its answers do not say so. May be null.
  using CheckWeights = std::function<absl::Status()>;

  // `on_done` is called once per sample of `request`. References must outlive it.
  StreamedAnswer(const GenerationRequest& request, const ChoiceRules& rules, OnDone on_done,
                 CheckWeights check_weights);

  // Of the prompt; for the responses that are handed over from now on.
  void SetPromptScores(std::shared_ptr<const std::vector<ScoredToken>> scores);

  // Adds a piece, and hands over the response that ends with it. Returns whether more are expected.
  // Errors of GrowingChoice and CheckWeights; FAILED_PRECONDITION: a choice that was not asked for.
  absl::StatusOr<bool> Take(const VllmPiece& piece);

  // How many responses have not been handed over.
  size_t unfinished() const { return unfinished_; }
  // Ends the unfinished responses with this error.
  void Fail(const absl::Status& error);

 private:
  void HandOver(size_t index, absl::StatusOr<FinishedResponse> response);

  const GenerationRequest& request_;
  const OnDone on_done_;
  const CheckWeights check_weights_;
  std::vector<GrowingChoice> choices_;  // In the order of the request's samples.
  std::shared_ptr<const std::vector<ScoredToken>> prompt_scores_;
  std::vector<bool> handed_over_;
  size_t unfinished_;
};

}  // namespace hir

#endif  // HIR_VLLM_STREAMED_ANSWER_H_
