// Paragraphs as the checkers count them.
#ifndef HIR_CHECKERS_CORE_PARAGRAPHS_H_
#define HIR_CHECKERS_CORE_PARAGRAPHS_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "hir/text/scan/scan_text.h"

namespace hir {

// Pieces between dividers "***", each of which takes one white space character on either side.
std::vector<scan::TextSpan> SplitAtDividers(const scan::ScanText& text);

// Whether exactly `wanted` of a text's pieces count as paragraphs. A blank piece at either end does
// not count; with a blank piece in the middle the answer is always no.
bool AreParagraphs(const scan::ScanText& text, absl::Span<const scan::TextSpan> pieces,
                   int64_t wanted);

}  // namespace hir

#endif  // HIR_CHECKERS_CORE_PARAGRAPHS_H_
