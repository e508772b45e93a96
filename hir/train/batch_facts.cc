#include "hir/train/batch_facts.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

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
  at::Tensor table = at::zeros({static_cast<int64_t>(rows), 6}, at::kDouble);
  auto cells = table.accessor<double, 2>();
  for (const TrainingSample& sample : mine) {
    HIR_RETURN_IF_ERROR(CheckSample(sample, rows));
    cells[sample.row][0] = sample.included ? 1 : 0;
    cells[sample.row][1] = sample.reward;
    cells[sample.row][2] = static_cast<double>(sample.tokens.size());
    cells[sample.row][3] = sample.replayed ? 1 : 0;
    // A double holds 53 bits exactly.
    cells[sample.row][4] = static_cast<double>(sample.task >> 32);
    cells[sample.row][5] = static_cast<double>(sample.task & 0xffffffff);
  }
  HIR_RETURN_IF_ERROR(group.AllReduceSum(table, "facts of the rows", kCollectiveTimeout));
  std::vector<RowFacts> facts(rows);
  for (uint32_t row = 0; row < rows; ++row) {
    facts[row] = {
        .task = (static_cast<uint64_t>(cells[row][4]) << 32) | static_cast<uint64_t>(cells[row][5]),
        .replayed = cells[row][3] > 0,
        .included = cells[row][0] > 0,
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

int64_t CountRows(absl::Span<const RowFacts> facts, RowRange range) {
  return std::count_if(facts.begin() + range.begin, facts.begin() + range.end,
                       [](const RowFacts& row) { return row.included; });
}

bool HasSignal(absl::Span<const RowFacts> facts, RowRange range, AdvantageEstimator estimator) {
  const bool grouped = IsGrouped(estimator);
  // What the rewards in `range` are compared with: one group, or the originals of each task.
  std::unordered_map<uint64_t, std::pair<double, double>> bounds;  // Least and largest.
  for (size_t row = grouped ? 0 : range.begin; row < (grouped ? facts.size() : range.end); ++row) {
    if (!facts[row].included || (grouped && facts[row].replayed)) continue;
    const double reward = facts[row].reward;
    auto& [least, most] =
        bounds.try_emplace(grouped ? facts[row].task : 0, reward, reward).first->second;
    least = std::min(least, reward);
    most = std::max(most, reward);
  }
  return std::any_of(facts.begin() + range.begin, facts.begin() + range.end, [&](const auto& row) {
    const auto found = bounds.find(grouped ? row.task : 0);
    return row.included && found != bounds.end() &&
           (row.reward != found->second.first || row.reward != found->second.second);
  });
}

}  // namespace hir
