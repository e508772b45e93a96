// Where the rows of one step have their places in a cache of pages.
#ifndef HIR_GENERATE_STEP_LAYOUT_H_
#define HIR_GENERATE_STEP_LAYOUT_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "hir/generate/decoder.h"
#include "hir/generate/page_allocator.h"
#include "hir/kernels/decode.h"
#include "hir/model/rope.h"

namespace hir {

// Tokens of a page of SlotState: those of the CPU's own decoder, so that an engine with a cache of
// the same size admits the same requests on every device.
inline constexpr int64_t kSlotsPerPage = kernels::kPageTokens;

// A state whose tokens each have a slot of the cache: slot s is token s % kSlotsPerPage of page
// s / kSlotsPerPage. The tokens of its own begin on a page of its own, so a prefix is shared
// without a copy, and its last page may be filled in part.
class SlotState : public KvState {
 public:
  // Holds pages for `max_tokens` tokens of its own until it is destroyed. `pages` must outlive it
  // and have them free.
  SlotState(PageAllocator& pages, std::shared_ptr<const SlotState> prefix, int64_t max_tokens);
  ~SlotState() override;

  // Adds a token and returns its slot. REQUIRES: fewer than max_tokens of its own.
  int64_t AddToken();
  // Appends the slots of all tokens, in order, to `slots`.
  void AppendSlots(std::vector<int64_t>& slots) const;

 private:
  int64_t SlotOf(int64_t position) const;

  PageAllocator& allocator_;
  const std::shared_ptr<const SlotState> prefix_;
  const int64_t prefix_tokens_;
  const std::vector<int32_t> pages_;
};

// The rows of a step, and for attention its runs: as many adjacent rows of one state as there are.
// The row that is number i of the n in its run attends to all of the run's context but the last
// n - 1 - i slots. Both lists of runs are offsets with one entry more than there are runs.
struct StepLayout {
  std::vector<int64_t> tokens;    // Of each row.
  std::vector<RopePlace> places;  // Of each row.
  std::vector<int64_t> slots;     // Of each row: where its keys and values go.

  std::vector<int64_t> run_begin = {0};      // Into the rows.
  std::vector<int64_t> context_begin = {0};  // Into `context`.
  std::vector<int64_t> context;  // Slots from the start of the sequence to the run's last row.
};

// Adds each row to its state, which must be a SlotState, and lays the step out.
StepLayout LayOutStep(absl::Span<const DecodeRow> rows);

}  // namespace hir

#endif  // HIR_GENERATE_STEP_LAYOUT_H_
