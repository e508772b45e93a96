#include "hir/generate/step_layout.h"

#include <algorithm>
#include <utility>

namespace hir {

SlotState::SlotState(PageAllocator& pages, std::shared_ptr<const SlotState> prefix,
                     int64_t max_tokens)
    : KvState(prefix ? prefix->tokens() : 0),
      allocator_(pages),
      prefix_(std::move(prefix)),
      prefix_tokens_(tokens_),
      pages_(pages.Take((max_tokens + kSlotsPerPage - 1) / kSlotsPerPage)) {}

SlotState::~SlotState() { allocator_.Give(pages_); }

int64_t SlotState::AddToken() { return SlotOf(tokens_++); }

int64_t SlotState::SlotOf(int64_t position) const {
  const int64_t own = position - prefix_tokens_;
  return pages_[own / kSlotsPerPage] * kSlotsPerPage + own % kSlotsPerPage;
}

void SlotState::AppendSlots(std::vector<int64_t>& slots) const {
  if (prefix_ != nullptr) prefix_->AppendSlots(slots);
  for (int64_t i = prefix_tokens_; i < tokens_; ++i) slots.push_back(SlotOf(i));
}

StepLayout LayOutStep(absl::Span<const DecodeRow> rows) {
  StepLayout layout;
  for (size_t i = 0; i < rows.size(); ++i) {
    const DecodeRow& row = rows[i];
    auto* state = static_cast<SlotState*>(row.state);
    const int64_t position = state->tokens();
    layout.tokens.push_back(row.token);
    layout.places.push_back({position, std::max(position + 1, row.prompt_tokens)});
    layout.slots.push_back(state->AddToken());
    if (i + 1 < rows.size() && rows[i + 1].state == row.state) continue;
    state->AppendSlots(layout.context);
    layout.run_begin.push_back(static_cast<int64_t>(i) + 1);
    layout.context_begin.push_back(static_cast<int64_t>(layout.context.size()));
  }
  return layout;
}

}  // namespace hir
