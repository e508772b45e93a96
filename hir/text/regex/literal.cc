#include "hir/text/regex/literal.h"

#include "hir/text/python/find_text.h"

namespace hir::regex::internal {
namespace {

using python::FindChar;
using scan::Needle;
using scan::ScanText;

// Up to this size, comparing the needle at every place is as fast as the linear algorithm.
constexpr size_t kShortNeedle = 64;

// For each beginning of `literal`, the length of the longest shorter text that both begins and ends
// it (Knuth, Morris and Pratt): how much still matches when the next character does not.
std::vector<uint32_t> Borders(std::u32string_view literal) {
  std::vector<uint32_t> borders(literal.size(), 0);
  for (uint32_t i = 1, border = 0; i < literal.size(); ++i) {
    while (border > 0 && literal[border] != literal[i]) border = borders[border - 1];
    if (literal[border] == literal[i]) ++border;
    borders[i] = border;
  }
  return borders;
}

}  // namespace

bool RegexLiteral::CanBeWhole(std::u32string_view text) {
  return !text.empty() && text.size() <= kShortNeedle && Needle(text).ascii();
}

RegexLiteral::RegexLiteral(std::u32string_view text, bool whole) : needle_(text), whole_(whole) {
  if (text.size() > kShortNeedle || !needle_.ascii()) borders_ = Borders(text);
}

size_t RegexLiteral::Find(const ScanText& text, const ScanText& original, size_t from) const {
  for (size_t at = from; (at = FindAnywhere(text, at)) != std::string_view::npos; ++at) {
    if (!whole_ || (IsWordBoundary(original, at) && IsWordBoundary(original, at + size()))) {
      return at;
    }
  }
  return std::string_view::npos;
}

size_t RegexLiteral::FindAnywhere(const ScanText& text, size_t from) const {
  if (borders_.empty()) return FindText(text, needle_, from);
  const std::u32string_view in = text.code_points(), literal = needle_.code_points();
  size_t matched = 0;
  for (size_t i = from; i < in.size(); ++i) {
    if (matched == 0 && (i = FindChar(in, literal[0], i)) == in.npos) break;
    const char32_t c = in[i];
    while (matched > 0 && literal[matched] != c) matched = borders_[matched - 1];
    if (literal[matched] == c) ++matched;
    if (matched == literal.size()) return i + 1 - matched;
  }
  return std::string_view::npos;
}

}  // namespace hir::regex::internal
