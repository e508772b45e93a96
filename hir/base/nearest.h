// Finds the known name nearest to a misspelt one, for error messages.
#ifndef HIR_BASE_NEAREST_H_
#define HIR_BASE_NEAREST_H_

#include <string>
#include <string_view>

#include "absl/types/span.h"

namespace hir {

// The candidate with the smallest edit distance to `name`, the first of equals; empty when none is
// nearer than half the length of `name` (at least 2 edits are always forgiven). Ignores case.
std::string NearestName(std::string_view name, absl::Span<const std::string> candidates);

// " Did you mean \"x\"?" with the nearest candidate, or nothing.
std::string DidYouMean(std::string_view name, absl::Span<const std::string> candidates);

}  // namespace hir

#endif  // HIR_BASE_NEAREST_H_
