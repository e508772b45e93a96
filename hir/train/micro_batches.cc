#include "hir/train/micro_batches.h"

#include <algorithm>
#include <map>

namespace hir {
namespace {

// Orders prompts by content.
struct ByTokens {
  bool operator()(absl::Span<const int32_t> a, absl::Span<const int32_t> b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
  }
};

std::vector<PromptGroup> GroupByPrompt(absl::Span<const Sequence> sequences) {
  std::vector<PromptGroup> groups;
  std::map<absl::Span<const int32_t>, size_t, ByTokens> group_of;
  for (size_t row = 0; row < sequences.size(); ++row) {
    const auto [it, added] = group_of.try_emplace(sequences[row].prompt, groups.size());
    if (added) groups.push_back({.prompt = sequences[row].prompt, .rows = {}});
    groups[it->second].rows.push_back(row);
  }
  return groups;
}

}  // namespace

std::vector<size_t> MicroBatch::Rows() const {
  std::vector<size_t> rows;
  for (const PromptGroup& group : groups) {
    rows.insert(rows.end(), group.rows.begin(), group.rows.end());
  }
  return rows;
}

std::vector<MicroBatch> PlanMicroBatches(absl::Span<const Sequence> sequences, int64_t max_tokens) {
  std::vector<MicroBatch> batches;
  for (const PromptGroup& group : GroupByPrompt(sequences)) {
    const int64_t prompt_tokens = group.prompt.size();
    bool prompt_is_in = false;
    for (size_t row : group.rows) {
      const int64_t response_tokens = sequences[row].response.size();
      const int64_t more = response_tokens + (prompt_is_in ? 0 : prompt_tokens);
      if (batches.empty() || batches.back().tokens + more > max_tokens) {
        batches.emplace_back();
        prompt_is_in = false;
      }
      MicroBatch& batch = batches.back();
      if (!prompt_is_in) {
        batch.groups.push_back({.prompt = group.prompt, .rows = {}});
        batch.tokens += prompt_tokens;
        prompt_is_in = true;
      }
      batch.groups.back().rows.push_back(row);
      batch.tokens += response_tokens;
    }
  }
  return batches;
}

}  // namespace hir
