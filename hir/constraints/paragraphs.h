// Paragraphs as the checkers count them.
#ifndef HIR_CONSTRAINTS_PARAGRAPHS_H_
#define HIR_CONSTRAINTS_PARAGRAPHS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace hir {

// Pieces between dividers "***", each of which takes one white space character on either side.
std::vector<std::u32string_view> SplitAtDividers(std::u32string_view text);

// Whether `wanted` of the pieces count: a blank one at either end does not, and one in the middle
// spoils them all.
bool AreParagraphs(absl::Span<const std::u32string_view> pieces, int64_t wanted);

}  // namespace hir

#endif  // HIR_CONSTRAINTS_PARAGRAPHS_H_
