// The mark that ends the reasoning of a response; see hir/text/reasoning.h for its effect.
#ifndef HIR_BASE_REASONING_END_H_
#define HIR_BASE_REASONING_END_H_

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hir {

// The longest mark accepted; longer ones would make the search in a long response slow.
inline constexpr size_t kMostReasoningEndBytes = 256;

// INVALID_ARGUMENT: too long, or nothing but spaces and line ends. Empty (no mark) is OK.
inline absl::Status CheckReasoningEnd(std::string_view mark) {
  if (mark.size() > kMostReasoningEndBytes) {
    return absl::InvalidArgumentError(absl::StrCat("reasoning_end has ", mark.size(),
                                                   " bytes; it may have ", kMostReasoningEndBytes));
  }
  if (!mark.empty() && mark.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return absl::InvalidArgumentError("reasoning_end is blank; give a mark such as </think>");
  }
  return absl::OkStatus();
}

}  // namespace hir

#endif  // HIR_BASE_REASONING_END_H_
