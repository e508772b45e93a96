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

// The parts of a stored prompt.
struct TakenApart {
  std::string question;            // Contains none of the constraints' texts.
  Layout layout = Layout::kSpace;  // The prompt's layout, or the nearest one.
  bool exact = false;              // Laid out again, the prompt is identical.
};

// Finds each of `texts`, the constraints in order, word for word in `prompt`: in one of the six
// layouts, or else each exactly once as a line, a list item or whole sentences. A heading line
// directly above the list ("Rules:") is removed with it. NOT_FOUND: why that is impossible, in a
// text that is the same for all prompts of that kind.
absl::StatusOr<TakenApart> TakeApart(std::string_view prompt, absl::Span<const std::string> texts);

// Whether `question` contains one of `texts` word for word. REQUIRES: no text is blank.
bool StatesAny(std::string_view question, absl::Span<const std::string> texts);

}  // namespace hir

#endif  // HIR_DATA_TAKE_APART_H_
