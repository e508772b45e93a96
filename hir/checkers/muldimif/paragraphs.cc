// MulDimIF: the number of paragraphs, which empty lines separate.
#include <algorithm>

#include "hir/checkers/muldimif/numbers.h"
#include "hir/checkers/muldimif/rules.h"
#include "hir/text/python/unicode.h"

namespace hir::muldimif {
namespace {

using enum LimitKind;
using python::Split;
using python::Strip;
using python::ToLower;
using python::View;

// Ranges are read in digits only. The official list has more wordings, which never count since each
// contains an earlier one.
const LimitReader& Wordings() {
  static const LimitReader kWordings(
      U"(\\d+|one|two|three|four|five|six|seven|eight|nine|ten)",
      {{U"one", 1},   {U"two", 2},   {U"three", 3}, {U"four", 4}, {U"five", 5}, {U"six", 6},
       {U"seven", 7}, {U"eight", 8}, {U"nine", 9},  {U"ten", 10}, {U"一", 1},   {U"二", 2},
       {U"三", 3},    {U"四", 4},    {U"五", 5},    {U"六", 6},   {U"七", 7},   {U"八", 8},
       {U"九", 9},    {U"十", 10},   {U"两", 2}},
      {.ignore_case = true},
      {{U"exactly # paragraph", kExactly},
       {U"(?:should|must) contain # paragraph", kExactly},
       {U" be a single paragraph", kOne},
       {U"at least # paragraph", kAtLeast},
       {U"least: # paragraph", kAtLeast},
       {U"a minimum of #(?: distinct)? paragraph", kAtLeast},
       {U"at most # paragraph", kAtMost},
       {U"not exceeding # paragraph", kAtMost},
       {U"no more than # paragraph", kAtMost},
       {U"最多(?:分为)?(\\d+|一|两|二|三|四|五|六|七|八|九|十)个段落", kAtMost},
       {U"range (\\d+)-(\\d+) paragraph", kBetween},
       {U"range: (\\d+)-(\\d+)", kBetween},
       {U"between (\\d+) and (\\d+) paragraph", kBetween},
       {U"between (\\d+) to (\\d+) paragraph", kBetween},
       {U"(\\d+) to (\\d+) paragraph", kBetween}});
  return kWordings;
}

}  // namespace

// A sentence whose wording is unknown fails every response.
CheckFunction ParagraphsCheck(View text, WorkBudget& budget) {
  const auto limits = Wordings().Read(ToLower(text), budget);
  if (!limits.ok()) return RaisingCheck(limits.status());
  if (!*limits) return [](const ResponseText&) { return PassIf(false); };
  return [limits = **limits](const ResponseText& response) {
    const auto pieces = Split(response.text(), U"\n\n");
    const auto paragraphs = std::count_if(pieces.begin(), pieces.end(),
                                          [](View piece) { return !Strip(piece).empty(); });
    return PassIf(limits.Allow(static_cast<size_t>(paragraphs)));
  };
}

}  // namespace hir::muldimif
