// The nearest known name, for error messages about misspelt ones.
#ifndef HIR_BASE_NEAREST_H_
#define HIR_BASE_NEAREST_H_

#include <string>
#include <string_view>

#include "absl/types/span.h"

namespace hir {

// Of `candidates` the one with the smallest edit distance to `name`, the first of equals; empty
// when none is nearer than half the length of `name` (at least 2 edits are forgiven). Case is
// ignored.
std::string NearestName(std::string_view name, absl::Span<const std::string> candidates);

// " Did you mean \"x\"?" with the nearest candidate, or nothing.
std::string DidYouMean(std::string_view name, absl::Span<const std::string> candidates);

}  // namespace hir

#endif  // HIR_BASE_NEAREST_H_
