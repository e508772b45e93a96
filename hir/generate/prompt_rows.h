// Shares the rows of a pass among the prompts that wait for it.
#ifndef HIR_GENERATE_PROMPT_ROWS_H_
#define HIR_GENERATE_PROMPT_ROWS_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace hir {

// What is left to compute of a prompt.
struct PromptLeft {
  int64_t tokens;
  bool scored = false;  // Each row needs its own line of logits.
};

// The number of rows that each of `prompts`, in the order of their arrival, gets in a pass with
// `rows` rows for prompts, of which at most `scored_rows` are of scored ones. The oldest prompt
// gets at least half, so that none waits for ever; the others are filled up by what they have left,
// least first, so that a short prompt does not wait for a long one. Gives all rows that prompts can
// use.
std::vector<int64_t> ShareRows(absl::Span<const PromptLeft> prompts, int64_t rows,
                               int64_t scored_rows);

}  // namespace hir

#endif  // HIR_GENERATE_PROMPT_ROWS_H_
