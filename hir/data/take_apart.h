// Takes a stored prompt apart into the bare question and the constraints that it states, so that
// constraints can be dropped when a failed response is replayed.
#ifndef HIR_DATA_TAKE_APART_H_
#define HIR_DATA_TAKE_APART_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/domain/instruction.h"

namespace hir {

struct TakenApart {
  std::string question;            // Holds none of the constraints' texts.
  Layout layout = Layout::kSpace;  // The one that the prompt shows, or the nearest.
  bool exact = false;              // Laid out again, the prompt is the same byte by byte.
};

// Finds every one of `texts`, the constraints in their order, word for word in `prompt`: in one of
// the six layouts, or else each exactly once as a line, a list item or whole sentences of its own.
// A heading line right above the list ("Rules:") goes with it. NOT_FOUND: why it can't be done, in
// words that are the same for all prompts of that kind.
absl::StatusOr<TakenApart> TakeApart(std::string_view prompt, absl::Span<const std::string> texts);

// Whether `question` has one of `texts`, none of them blank, word for word.
bool StatesAny(std::string_view question, absl::Span<const std::string> texts);

}  // namespace hir

#endif  // HIR_DATA_TAKE_APART_H_
