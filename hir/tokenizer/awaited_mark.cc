#include "hir/tokenizer/awaited_mark.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "hir/base/reasoning_end.h"

namespace hir {

std::string AwaitedMark(const Tokenizer& tokenizer, absl::Span<const int32_t> prompt,
                        const std::string& reasoning_end) {
  if (reasoning_end.empty()) return "";
  // A token has at least one byte; white space at the end may take further tokens.
  const size_t tokens = std::min(prompt.size(), 2 * kMostReasoningEndBytes);
  const std::string end = tokenizer.Decode(prompt.last(tokens), /*skip_special_tokens=*/false);
  const bool ended = absl::EndsWith(absl::StripTrailingAsciiWhitespace(end), reasoning_end);
  return ended ? "" : reasoning_end;
}

}  // namespace hir
