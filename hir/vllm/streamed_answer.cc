#include "hir/vllm/streamed_answer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"

namespace hir {

StreamedAnswer::StreamedAnswer(const GenerationRequest& request, const ChoiceRules& rules,
                               OnDone on_done, CheckWeights check_weights)
    : request_(request),
      on_done_(std::move(on_done)),
      check_weights_(std::move(check_weights)),
      handed_over_(request.samples.size(), false),
      unfinished_(request.samples.size()) {
  for (const uint32_t sample : request.samples) choices_.emplace_back(request, rules, sample);
}

void StreamedAnswer::SetPromptScores(std::shared_ptr<const std::vector<ScoredToken>> scores) {
  prompt_scores_ = std::move(scores);
}

absl::StatusOr<bool> StreamedAnswer::Take(const VllmPiece& piece) {
  const int64_t asked = static_cast<int64_t>(choices_.size());
  if (piece.choice < 0 || piece.choice >= asked) {
    return absl::FailedPreconditionError(
        absl::StrCat("answers with choice ", piece.choice, ", but ", asked, " were asked for"));
  }
  const size_t index = static_cast<size_t>(piece.choice);
  GrowingChoice& choice = choices_[index];
  // The server still generates what on_token has ended.
  if (choice.ended()) return true;
  HIR_ASSIGN_OR_RETURN(const bool ended, choice.Add(piece));
  if (!ended) return true;
  if (check_weights_) HIR_RETURN_IF_ERROR(check_weights_());
  FinishedResponse response = choice.Take();
  response.prompt_scores = prompt_scores_;
  HandOver(index, std::move(response));
  return unfinished_ > 0;
}

void StreamedAnswer::Fail(const absl::Status& error) {
  for (size_t i = 0; i < choices_.size(); ++i) {
    if (!handed_over_[i]) HandOver(i, error);
  }
}

void StreamedAnswer::HandOver(size_t index, absl::StatusOr<FinishedResponse> response) {
  handed_over_[index] = true;
  --unfinished_;
  on_done_(request_.samples[index], std::move(response));
}

}  // namespace hir
