// MulDimIF: the number of sentences. Every full stop, exclamation mark and question mark counts as
// one.
#include <algorithm>

#include "hir/checkers/muldimif/numbers.h"
#include "hir/checkers/muldimif/rules.h"
#include "hir/text/python/unicode.h"

namespace hir::muldimif {
namespace {

using enum LimitKind;
using python::Strip;
using python::ToLower;
using python::View;

// The official list has more wordings, which never count since each contains an earlier one.
const LimitReader& Wordings() {
  static const LimitReader kWordings(
      U"(\\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|"
      U"fifty|hundred|thousand|一|二|三|四|五|六|七|八|九|十|两)",
      {{U"one", 1},     {U"two", 2},       {U"three", 3},       {U"four", 4},    {U"five", 5},
       {U"six", 6},     {U"seven", 7},     {U"eight", 8},       {U"nine", 9},    {U"ten", 10},
       {U"eleven", 11}, {U"twelve", 12},   {U"fifteen", 15},    {U"twenty", 20}, {U"thirty", 30},
       {U"fifty", 50},  {U"hundred", 100}, {U"thousand", 1000}, {U"一", 1},      {U"二", 2},
       {U"三", 3},      {U"四", 4},        {U"五", 5},          {U"六", 6},      {U"七", 7},
       {U"八", 8},      {U"九", 9},        {U"十", 10},         {U"两", 2}},
      {},
      {{U"exactly:? # (?:topic )?sentence", kExactly},
       {U"(?:should|must) contain # sentence", kExactly},
       {U" be a single sentence", kOne},
       {U"consisting of (?:only )?one sentence", kOne},
       {U"in a single sentence", kOne},
       {U"at least:? # sentence", kAtLeast},
       {U"a minimum of # sentence", kAtLeast},
       {U"no fewer than # sentence", kAtLeast},
       {U"(?:至少|最少)(?:包含)?#(?:个句子|句|個句子)", kAtLeast},
       {U"contain at most # sentence", kAtMost},
       {U"at most:? # sentence", kAtMost},
       {U"not exceeding # sentence", kAtMost},
       {U"no (?:more|longer) than # sentence", kAtMost},
       {U"limited to # sentence", kAtMost},
       {U" not exceed # sentence", kAtMost},
       {U"a maximum (?:length )?of # sentence", kAtMost},
       {U"not to exceed # sentence", kAtMost},
       {U"not surpass(?: a total of)? # sentence", kAtMost},
       {U"(?:至多|最多)(?:包含)?#(?:个句子|句|個句子)", kAtMost},
       {U"range:? #-# sentence", kBetween},
       {U"between # and # sentence", kBetween},
       {U"between # to # sentence", kBetween},
       {U"into # to # sentence", kBetween},
       {U"a range of # to # sentence", kBetween},
       {U"be composed of # to # sentence", kBetween},
       {U"consists? of # to # sentence", kBetween},
       {U"consisting of # to # sentence", kBetween},
       {U"#到#(?:个句子|句|個句子)", kBetween}});
  return kWordings;
}

bool EndsSentence(char32_t c) { return c == U'.' || c == U'!' || c == U'?'; }

}  // namespace

// A sentence whose wording is unknown passes every response.
CheckFunction SentencesCheck(View text, WorkBudget& budget) {
  const std::u32string lower = ToLower(text);
  const auto limits = Wordings().Read(Strip(lower), budget);
  if (!limits.ok()) return RaisingCheck(limits.status());
  return [limits = limits->value_or(CountLimits())](const ResponseText& response) {
    const std::u32string& checked = response.text();
    const auto sentences = std::count_if(checked.begin(), checked.end(), EndsSentence);
    return PassIf(limits.Allow(static_cast<size_t>(sentences)));
  };
}

}  // namespace hir::muldimif
