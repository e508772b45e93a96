// MulDimIF: how many sentences. A sentence without a known wording is met by everything.
#include <algorithm>
#include <string>

#include "hir/constraints/muldimif.h"
#include "hir/constraints/muldimif_counts.h"
#include "hir/text/unicode.h"

namespace hir {
namespace {

const CountPatterns& Patterns() {
  using enum Bound;
  static const auto* const patterns = new CountPatterns(
      {{U"exactly(?:[:])? {N} (?:topic )?sentences?", kExactly},
       {U"(?:should|must) contain {N} sentences?", kExactly},
       {U"must be exactly {N} sentences?", kExactly},
       {U"(?:must|should)? be a single sentence", kOne},
       {U"consisting of (?:only )?one sentence", kOne},
       {U"(?:the response|the text|the answer) must be a single sentence", kOne},
       {U"in a single sentence", kOne},
       {U"at least(?:[:])? {N} sentences?", kAtLeast},
       {U"a minimum of {N} sentences?", kAtLeast},
       {U"no fewer than {N} sentences?", kAtLeast},
       {U"(?:包含)?(?:至少|最少)(?:包含)?{N}(?:个句子|句话|句|個句子)", kAtLeast},
       {U"(?:must )?contain at most {N} sentences?", kAtMost},
       {U"at most(?:[:])? {N} sentences?", kAtMost},
       {U"not exceeding {N} sentences?", kAtMost},
       {U"no (?:more|longer) than {N} sentences?", kAtMost},
       {U"limited to {N} sentences?", kAtMost},
       {U"(?:must|should)? not exceed {N} sentences?", kAtMost},
       {U"a maximum (?:length )?of {N} sentences?", kAtMost},
       {U"not to exceed {N} sentences?", kAtMost},
       {U"not surpass(?: a total of)? {N} sentences?", kAtMost},
       {U"(?:至多|最多)(?:包含)?{N}(?:个句子|句话|句|個句子)", kAtMost},
       {U"range(?:[:])? {N}-{N} sentences?", kBetween},
       {U"between {N} and {N} sentences?", kBetween},
       {U"between {N} to {N} sentences?", kBetween},
       {U"into {N} to {N} sentences?", kBetween},
       {U"a range of {N} to {N} sentences?", kBetween},
       {U"be composed of {N} to {N} sentences?", kBetween},
       {U"consists? of {N} to {N} sentences?", kBetween},
       {U"consisting of {N} to {N} sentences?", kBetween},
       {U"{N}到{N}(?:个句子|句话|句|個句子)", kBetween},
       {U"organized into at least {N} sentences?", kAtLeast},
       {U"structured into at most {N} sentences?", kAtMost}},
      U"(\\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|"
      U"fifty|hundred|thousand|一|二|三|四|五|六|七|八|九|十|两)",
      {{U"one", 1},     {U"two", 2},      {U"three", 3},  {U"four", 4},    {U"five", 5},
       {U"six", 6},     {U"seven", 7},    {U"eight", 8},  {U"nine", 9},    {U"ten", 10},
       {U"eleven", 11}, {U"twelve", 12},  {U"fifteen", 15}, {U"twenty", 20}, {U"thirty", 30},
       {U"fifty", 50},  {U"hundred", 100}, {U"thousand", 1000}, {U"一", 1}, {U"二", 2},
       {U"三", 3},      {U"四", 4},       {U"五", 5},     {U"六", 6},      {U"七", 7},
       {U"八", 8},      {U"九", 9},       {U"十", 10},    {U"两", 2}});
  return *patterns;
}

}  // namespace

CheckFunction ReadMuldimifSentences(std::u32string_view text, WorkBudget& budget) {
  const std::u32string lower = ToLower(text);
  const CountRange range = Patterns().Read(Strip(lower), budget).value_or(CountRange{});
  return [range](const ResponseText& response) {
    // Every mark ends a sentence, be it the second of "?!" or that of "3.5".
    const std::u32string& characters = response.text();
    return PassIf(
        range.Contains(std::count_if(characters.begin(), characters.end(), [](char32_t c) {
          return c == U'.' || c == U'!' || c == U'?';
        })));
  };
}

}  // namespace hir
