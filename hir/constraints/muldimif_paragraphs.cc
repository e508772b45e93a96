// MulDimIF: how many paragraphs. A sentence without a known wording is met by nothing.
#include <algorithm>
#include <string>
#include <vector>

#include "hir/constraints/muldimif.h"
#include "hir/constraints/muldimif_counts.h"
#include "hir/text/unicode.h"

namespace hir {
namespace {

const CountPatterns& Patterns() {
  using enum Bound;
  static const auto* const patterns = new CountPatterns(
      {{U"exactly {N} paragraphs?", kExactly},
       {U"must be exactly {N} paragraphs?", kExactly},
       {U"(?:should|must) contain {N} paragraphs?", kExactly},
       {U"(?:must|should)? be a single paragraph", kOne},
       {U"(?:the response|the text|the answer) must be a single paragraph", kOne},
       {U"at least {N} paragraphs?", kAtLeast},
       {U"least: {N} paragraphs?", kAtLeast},
       {U"a minimum of {N}(?: distinct)? paragraphs?", kAtLeast},
       {U"at most {N} paragraphs?", kAtMost},
       {U"not exceeding {N} paragraphs?", kAtMost},
       {U"no more than {N} paragraphs?", kAtMost},
       {U"最多(?:分为)?(\\d+|一|两|二|三|四|五|六|七|八|九|十)个段落", kAtMost},
       {U"range {D}-{D} paragraphs?", kBetween},
       {U"range: {D}-{D}", kBetween},
       {U"between {D} and {D} paragraphs?", kBetween},
       {U"between {D} to {D} paragraphs?", kBetween},
       {U"{D} to {D} paragraphs?", kBetween},
       {U"(?:divided)? into {D} to {D} paragraphs?", kBetween},
       {U"a range of {D} to {D} paragraphs?", kBetween},
       {U"organized into at least {N} paragraphs?", kAtLeast},
       {U"structured into at most {N} paragraphs?", kAtMost}},
      U"(\\d+|one|two|three|four|five|six|seven|eight|nine|ten)",
      {{U"one", 1},   {U"two", 2},   {U"three", 3}, {U"four", 4}, {U"five", 5}, {U"six", 6},
       {U"seven", 7}, {U"eight", 8}, {U"nine", 9},  {U"ten", 10}, {U"一", 1},   {U"二", 2},
       {U"三", 3},    {U"四", 4},    {U"五", 5},    {U"六", 6},   {U"七", 7},   {U"八", 8},
       {U"九", 9},    {U"十", 10},   {U"两", 2}});
  return *patterns;
}

}  // namespace

CheckFunction ReadMuldimifParagraphs(std::u32string_view text, WorkBudget& budget) {
  const std::optional<CountRange> range = Patterns().Read(ToLower(text), budget);
  return [range](const ResponseText& response) {
    const std::vector<std::u32string_view> pieces = Split(response.text(), U"\n\n");
    return PassIf(range && range->Contains(std::count_if(
                               pieces.begin(), pieces.end(),
                               [](std::u32string_view piece) { return !Strip(piece).empty(); })));
  };
}

}  // namespace hir
