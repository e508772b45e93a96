#include "hir/checkers/core/paragraphs.h"

#include "hir/text/python/unicode.h"

namespace hir {

using python::IsSpace;
using scan::Needle;
using scan::ScanText;
using scan::TextSpan;

std::vector<TextSpan> SplitAtDividers(const ScanText& text) {
  static const auto* const divider = new Needle(U"***");
  std::vector<TextSpan> pieces;
  size_t from = 0;
  for (size_t at; (at = FindText(text, *divider, from)) != std::string_view::npos;) {
    const size_t end = at > from && IsSpace(text[at - 1]) ? at - 1 : at;
    pieces.push_back({from, end - from});
    from = at + divider->size();
    if (from < text.size() && IsSpace(text[from])) ++from;
  }
  pieces.push_back({from, text.size() - from});
  return pieces;
}

bool AreParagraphs(const ScanText& text, absl::Span<const TextSpan> pieces, int64_t wanted) {
  auto paragraphs = static_cast<int64_t>(pieces.size());
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (!Strip(text, pieces[i]).empty()) continue;
    if (i != 0 && i != pieces.size() - 1) return false;
    --paragraphs;
  }
  return paragraphs == wanted;
}

}  // namespace hir
