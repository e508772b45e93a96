#include "hir/train/scoring.h"

#include <algorithm>
#include <vector>

#include "hir/base/status_macros.h"

namespace hir {
namespace {

// Rows of a micro-batch are padded to a multiple of this, so that its matrix products have few
// shapes: oneDNN generates code for each new one and keeps it.
constexpr int64_t kRowStep = 128;

int64_t RowsToFill(int64_t rows) { return (kRowStep - rows % kRowStep) % kRowStep; }

// What predicts the response tokens of a micro-batch, padded with rows that predict token 0.
struct Predictors {
  at::Tensor hidden;   // [tokens and padding, H]
  at::Tensor targets;  // int64, the tokens.
  int64_t tokens;      // Without the padding.
};

absl::StatusOr<Predictors> ComputePredictors(const ScoredModel& model,
                                             absl::Span<const Sequence> sequences,
                                             const MicroBatch& batch,
                                             const ForwardOptions& options) {
  PackedBatchBuilder builder;
  std::vector<int32_t> segments;
  std::vector<int64_t> targets;
  for (const PromptGroup& group : batch.groups) {
    const int32_t prompt = builder.Add(group.prompt);
    for (size_t row : group.rows) {
      segments.push_back(builder.Add(sequences[row].response, prompt));
      targets.insert(targets.end(), sequences[row].response.begin(), sequences[row].response.end());
    }
  }
  for (int64_t left = RowsToFill(builder.tokens()); left > 0;) {
    const int64_t rows = std::min(left, model.architecture.max_position);
    builder.Add(std::vector<int32_t>(rows, 0));
    left -= rows;
  }
  const at::Device device = model.weights.embedding.device();
  const PackedBatch packed = builder.Build(device);
  HIR_RETURN_IF_ERROR(CheckBatch(model.architecture, packed));
  std::vector<at::Tensor> rows;
  for (int32_t segment : segments) rows.push_back(PredictorRows(packed, segment));
  const int64_t scored = static_cast<int64_t>(targets.size());
  const int64_t filling = RowsToFill(scored);
  rows.push_back(at::zeros({filling}, at::kLong));
  targets.resize(scored + filling, 0);
  const at::Tensor hidden = Hidden(model.architecture, model.weights, packed, options);
  return Predictors{.hidden = hidden.index_select(0, at::cat(rows).to(device)),
                    .targets = at::tensor(targets, at::kLong).to(device),
                    .tokens = scored};
}

}  // namespace

absl::StatusOr<at::Tensor> MicroBatchLogProbs(const ScoredModel& model,
                                              absl::Span<const Sequence> sequences,
                                              const MicroBatch& batch, double temperature,
                                              const ForwardOptions& options) {
  HIR_ASSIGN_OR_RETURN(const Predictors predictors,
                       ComputePredictors(model, sequences, batch, options));
  return TokenLogProbs(predictors.hidden, model.weights.head, predictors.targets, temperature)
      .narrow(0, 0, predictors.tokens);
}

absl::StatusOr<TokenScores> MicroBatchScores(const ScoredModel& model,
                                             absl::Span<const Sequence> sequences,
                                             const MicroBatch& batch, double temperature,
                                             const ForwardOptions& options) {
  HIR_ASSIGN_OR_RETURN(const Predictors predictors,
                       ComputePredictors(model, sequences, batch, options));
  const TokenScores scores = TokenLogProbsAndEntropies(predictors.hidden, model.weights.head,
                                                       predictors.targets, temperature);
  return TokenScores{.log_probs = scores.log_probs.narrow(0, 0, predictors.tokens),
                     .entropies = scores.entropies.narrow(0, 0, predictors.tokens)};
}

absl::StatusOr<at::Tensor> ScoreSequences(const ScoredModel& model,
                                          absl::Span<const Sequence> sequences, double temperature,
                                          int64_t max_tokens) {
  const at::NoGradGuard no_grad;
  const std::vector<int64_t> offsets = ResponseOffsets(sequences);
  at::Tensor flat = at::empty({offsets.back()}, at::kFloat);
  for (const MicroBatch& batch : PlanMicroBatches(sequences, max_tokens)) {
    HIR_ASSIGN_OR_RETURN(at::Tensor scores,
                         MicroBatchLogProbs(model, sequences, batch, temperature, {}));
    scores = scores.cpu();
    int64_t begin = 0;
    for (size_t row : batch.Rows()) {
      const int64_t length = offsets[row + 1] - offsets[row];
      flat.narrow(0, offsets[row], length).copy_(scores.narrow(0, begin, length));
      begin += length;
    }
  }
  return flat;
}

std::vector<int64_t> ResponseOffsets(absl::Span<const Sequence> sequences) {
  std::vector<int64_t> offsets{0};
  for (const Sequence& sequence : sequences) {
    offsets.push_back(offsets.back() + static_cast<int64_t>(sequence.response.size()));
  }
  return offsets;
}

at::Tensor SelectRows(const at::Tensor& flat, const std::vector<int64_t>& offsets,
                      const MicroBatch& batch) {
  std::vector<at::Tensor> parts;
  for (size_t row : batch.Rows()) {
    parts.push_back(flat.narrow(0, offsets[row], offsets[row + 1] - offsets[row]));
  }
  return at::cat(parts);
}

}  // namespace hir
