#include "hir/constraints/paragraphs.h"

#include "hir/text/unicode.h"

namespace hir {

std::vector<std::u32string_view> SplitAtDividers(std::u32string_view text) {
  constexpr std::u32string_view kDivider = U"***";
  std::vector<std::u32string_view> pieces;
  size_t from = 0;
  for (size_t at; (at = text.find(kDivider, from)) != text.npos;) {
    const size_t end = at > from && IsSpace(text[at - 1]) ? at - 1 : at;
    pieces.push_back(text.substr(from, end - from));
    from = at + kDivider.size();
    if (from < text.size() && IsSpace(text[from])) ++from;
  }
  pieces.push_back(text.substr(from));
  return pieces;
}

bool AreParagraphs(absl::Span<const std::u32string_view> pieces, int64_t wanted) {
  auto paragraphs = static_cast<int64_t>(pieces.size());
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (!Strip(pieces[i]).empty()) continue;
    if (i != 0 && i != pieces.size() - 1) return false;
    --paragraphs;
  }
  return paragraphs == wanted;
}

}  // namespace hir
