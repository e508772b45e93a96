#include "hir/train/step_log_probs.h"

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "hir/base/status_macros.h"

namespace hir {
namespace {

// The prompt of a response: of its draw or of its training. Those of originals are the same.
enum class PromptOf { kDraw, kTraining };

Sequence UnderDrawPrompt(const TrainingSample& sample) {
  const bool rewritten = !sample.original_prompt.empty();
  return {.prompt = rewritten ? sample.original_prompt : sample.prompt, .response = sample.tokens};
}

// Responses to score. A replayed row repeats its parent's response, so equal ones are scored once.
class ResponseList {
 public:
  void Add(const TrainingSample& sample, PromptOf prompt) {
    const bool rewritten = prompt == PromptOf::kTraining && sample.replayed;
    const auto [it, added] =
        index_of_.try_emplace({sample.task, sample.sample, rewritten}, distinct_.size());
    if (added)
      distinct_.push_back(rewritten ? UnderTrainedPrompt(sample) : UnderDrawPrompt(sample));
    indices_.push_back(it->second);
  }

  // The log-probabilities of all that was added, in that order.
  absl::StatusOr<at::Tensor> Score(const ScoredModel& model, const RunConfig& config) const {
    HIR_ASSIGN_OR_RETURN(const at::Tensor scores,
                         ScoreSequences(model, distinct_, config.rollout.temperature,
                                        config.learner.max_tokens_per_micro_batch));
    const std::vector<int64_t> offsets = ResponseOffsets(distinct_);
    std::vector<at::Tensor> parts{at::empty({0}, at::kFloat)};
    for (size_t index : indices_) {
      parts.push_back(scores.narrow(0, offsets[index], offsets[index + 1] - offsets[index]));
    }
    return at::cat(parts);
  }

 private:
  std::map<std::tuple<uint64_t, uint32_t, bool>, size_t> index_of_;
  std::vector<Sequence> distinct_;
  std::vector<size_t> indices_;
};

at::Tensor RecordedLogProbs(absl::Span<const TrainingSample> samples) {
  std::vector<float> values;
  for (const TrainingSample& sample : samples) {
    values.insert(values.end(), sample.logprobs.begin(), sample.logprobs.end());
  }
  return at::tensor(values, at::kFloat);
}

}  // namespace

Sequence UnderTrainedPrompt(const TrainingSample& sample) {
  return {.prompt = sample.prompt, .response = sample.tokens};
}

at::Tensor ReplayedMask(absl::Span<const TrainingSample> samples) {
  std::vector<at::Tensor> parts{at::empty({0}, at::kBool)};
  for (const TrainingSample& sample : samples) {
    parts.push_back(
        at::full({static_cast<int64_t>(sample.tokens.size())}, sample.replayed, at::kBool));
  }
  return at::cat(parts);
}

absl::StatusOr<OldLogProbs> ComputeOldLogProbs(const ScoredModel& model,
                                               absl::Span<const TrainingSample> samples,
                                               const RunConfig& config) {
  const bool by_learner = config.objective.old_logprobs_from == OldLogprobsFrom::kLearner;
  const bool rewritten = config.hindsight.old_logprobs == OldLogprobs::kRewritten;
  OldLogProbs result;
  result.rollout = RecordedLogProbs(samples);
  result.old = result.rollout.clone();
  ResponseList responses;
  for (const TrainingSample& sample : samples) {
    if (by_learner) responses.Add(sample, PromptOf::kDraw);
  }
  // No worker has seen a rewritten prompt, so only the learner can compute these.
  for (const TrainingSample& sample : samples) {
    if (rewritten && sample.replayed) responses.Add(sample, PromptOf::kTraining);
  }
  HIR_ASSIGN_OR_RETURN(const at::Tensor scores, responses.Score(model, config));
  const int64_t drawn = by_learner ? result.rollout.numel() : 0;
  if (by_learner) {
    result.learner = scores.narrow(0, 0, drawn);
    result.old = result.learner.clone();
  }
  if (rewritten) {
    result.old.masked_scatter_(ReplayedMask(samples), scores.slice(0, drawn));
  }
  return result;
}

absl::StatusOr<at::Tensor> ReferenceLogProbs(const ScoredModel& reference,
                                             absl::Span<const TrainingSample> samples,
                                             const RunConfig& config) {
  const bool trained = config.hindsight.old_logprobs == OldLogprobs::kRewritten ||
                       config.objective.kl_in == KlIn::kLoss;
  ResponseList responses;
  for (const TrainingSample& sample : samples) {
    responses.Add(sample, trained ? PromptOf::kTraining : PromptOf::kDraw);
  }
  return responses.Score(reference, config);
}

}  // namespace hir
