#include "hir/train/batch_facts.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_format.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

absl::Status CheckSample(const TrainingSample& sample, uint32_t rows) {
  if (sample.row >= rows) {
    return absl::InvalidArgumentError(
        absl::StrFormat("row %d lies outside the batch of %d rows", sample.row, rows));
  }
  if (sample.prompt.empty() || sample.tokens.empty()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("row %d has %d prompt and %d response tokens; it needs both", sample.row,
                        sample.prompt.size(), sample.tokens.size()));
  }
  if (sample.logprobs.size() != sample.tokens.size()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("row %d has %d log-probabilities for %d tokens", sample.row,
                        sample.logprobs.size(), sample.tokens.size()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<RowFacts>> GatherRowFacts(absl::Span<const TrainingSample> mine,
                                                     uint32_t rows, ProcessGroup& group) {
  // Each row belongs to one rank, so its sum with the zeros of the others is the row itself.
  at::Tensor table = at::zeros({static_cast<int64_t>(rows), 3}, at::kDouble);
  auto cells = table.accessor<double, 2>();
  for (const TrainingSample& sample : mine) {
    HIR_RETURN_IF_ERROR(CheckSample(sample, rows));
    cells[sample.row][0] = sample.included ? 1 : 0;
    cells[sample.row][1] = sample.reward;
    cells[sample.row][2] = static_cast<double>(sample.tokens.size());
  }
  HIR_RETURN_IF_ERROR(group.AllReduceSum(table, "facts of the rows", kCollectiveTimeout));
  std::vector<RowFacts> facts(rows);
  for (uint32_t row = 0; row < rows; ++row) {
    facts[row] = {.included = cells[row][0] > 0,
                  .reward = cells[row][1],
                  .response_tokens = static_cast<int64_t>(cells[row][2])};
  }
  return facts;
}

int64_t CountTokens(absl::Span<const RowFacts> facts, RowRange range) {
  int64_t tokens = 0;
  for (size_t row = range.begin; row < range.end; ++row) {
    if (facts[row].included) tokens += facts[row].response_tokens;
  }
  return tokens;
}

bool HasSignal(absl::Span<const RowFacts> facts, RowRange range) {
  std::optional<double> first;
  for (size_t row = range.begin; row < range.end; ++row) {
    if (!facts[row].included) continue;
    if (!first) first = facts[row].reward;
    if (facts[row].reward != *first) return true;
  }
  return false;
}

}  // namespace hir
