#include "hir/text/regex/char_set.h"

#include <algorithm>

namespace hir::regex::internal {
namespace {

using python::AppendFolded;
using python::CodePointRange;
using python::FoldCase;
using python::IsDecimal;
using python::IsSpace;
using python::IsWord;
using scan::kAsciiEnd;

void SortAndMerge(std::vector<CodePointRange>& ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const CodePointRange& a, const CodePointRange& b) { return a.first < b.first; });
  size_t kept = 0;
  for (const CodePointRange& range : ranges) {
    if (kept > 0 && range.first <= ranges[kept - 1].last + 1) {
      ranges[kept - 1].last = std::max(ranges[kept - 1].last, range.last);
    } else {
      ranges[kept++] = range;
    }
  }
  ranges.resize(kept);
}

}  // namespace

void CharSet::Finish(bool ignore_case) {
  if (ignore_case) {
    std::vector<CodePointRange> folded;
    for (const CodePointRange& range : ranges) AppendFolded(range, folded);
    ranges = std::move(folded);
  }
  fold_ = ignore_case;
  SortAndMerge(ranges);
  for (char32_t c = 0; c < kAsciiEnd; ++c) ascii_[c] = Find(c);
}

std::optional<char32_t> CharSet::Only() const {
  const bool classes = space || not_space || word || not_word || decimal || not_decimal;
  if (classes || negated || ranges.size() != 1 || ranges[0].first != ranges[0].last) {
    return std::nullopt;
  }
  return ranges[0].first;
}

bool CharSet::Find(char32_t c) const {
  const char32_t code = fold_ ? FoldCase(c) : c;
  const auto range =
      std::lower_bound(ranges.begin(), ranges.end(), code,
                       [](const CodePointRange& each, char32_t at) { return each.last < at; });
  bool found = range != ranges.end() && range->first <= code;
  if (space || not_space) found = found || (IsSpace(c) ? space : not_space);
  if (word || not_word) found = found || (IsWord(c) ? word : not_word);
  if (decimal || not_decimal) found = found || (IsDecimal(c) ? decimal : not_decimal);
  return found != negated;
}

}  // namespace hir::regex::internal
