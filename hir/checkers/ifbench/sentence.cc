// IFBench: how each sentence follows from the one before it.
#include <string>
#include <vector>

#include "hir/base/status_macros.h"
#include "hir/checkers/core/python_lists.h"
#include "hir/checkers/ifbench/common.h"
#include "hir/text/python/ascii_punctuation.h"
#include "hir/text/python/unicode.h"
#include "hir/text/regex/python_regex.h"

namespace hir::ifbench {
namespace {

using python::Split;
using python::StripMarksLeft;
using python::ToLower;
using python::View;
using python::WithoutPunctuation;
using regex::RegexSubject;
using scan::ScanText;

// Neighbours with the same first character: the first pair of a run counts two, each further
// sentence one.
int64_t Alliteration(View sentence) {
  const std::u32string lower = ToLower(sentence);
  int64_t alliteration = 0;
  char32_t before = kNoCharacter;
  bool in_run = false;
  for (const View token : Split(lower)) {
    const View word = StripMarksLeft(token);
    if (word.empty()) continue;
    const bool same = word[0] == before;
    if (same) alliteration += in_run ? 1 : 2;
    in_run = same;
    before = word[0];
  }
  return alliteration;
}

CheckResult AlliterationRises(Ruleset ruleset, const ResponseText& response) {
  int64_t before = -1;
  for (const View sentence : SentencesBy(ruleset, response)) {
    const int64_t alliteration = Alliteration(sentence);
    if (alliteration <= before) return PassIf(false);
    before = alliteration;
  }
  return PassIf(true);
}

StatusOrChecker MakeIncrement(const Arguments& arguments, Ruleset ruleset) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("small_n", 0));
  return CheckerFrom([more = arguments.Integer("small_n"), ruleset](const ResponseText& response) {
    const std::vector<View> sentences = SentencesBy(ruleset, response);
    int64_t before = 0;
    for (size_t i = 0; i < sentences.size(); ++i) {
      const auto words = static_cast<int64_t>(Split(WithoutPunctuation(sentences[i])).size());
      if (i > 0 && words != before + more) return PassIf(false);
      before = words;
    }
    return PassIf(true);
  });
}

// re.escape()
std::u32string Escaped(View text) {
  std::u32string escaped;
  for (const char32_t c : text) {
    if (View(U"()[]{}?*+-|^$\\.&~# \t\n\r\v\f").find(c) != View::npos) escaped += U'\\';
    escaped += c;
  }
  return escaped;
}

// The keyword as a whole word, in either case; in the older copy inside words too. Sentence 0 is
// the last one.
StatusOrChecker MakeKeyword(const Arguments& arguments, Ruleset ruleset) {
  HIR_ASSIGN_OR_RETURN(const std::u32string word, arguments.NotEmptyString("word"));
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("N", 0));
  const std::u32string around = std::u32string(U"\\b").append(Escaped(word)).append(U"\\b");
  HIR_ASSIGN_OR_RETURN(ArgumentPattern pattern,
                       ArgumentPattern::Create(arguments, "word", around, {.ignore_case = true}));
  return CheckerFrom([word = ToLower(word), place = arguments.Integer("N"),
                      pattern = std::move(pattern), ruleset](const ResponseText& response) {
    const std::vector<View> sentences = SentencesBy(ruleset, response);
    if (static_cast<int64_t>(sentences.size()) < place) return PassIf(false);
    const size_t at = PythonIndex(place - 1, sentences.size());
    if (at == sentences.size()) return Undecidable("The official checker finds no sentence here.");
    if (ruleset == Ruleset::kIfbench2025) {
      return PassIf(ToLower(sentences[at]).find(word) != View::npos);
    }
    const ScanText sentence{std::u32string(sentences[at])};
    RegexSubject subject(sentence, response.budget());
    const absl::StatusOr<bool> found = pattern.Search(subject);
    if (!found.ok()) return Undecidable(std::string(found.status().message()));
    return PassIf(*found);
  });
}

}  // namespace

void RegisterSentence(CheckerRegistry& registry, Ruleset ruleset) {
  using enum ArgumentType;
  RegisterPlain(
      registry, "sentence:alliteration_increment",
      [ruleset](const ResponseText& response) { return AlliterationRises(ruleset, response); });
  registry.Register(
      {"sentence:increment", {{"small_n", kInteger}}, [ruleset](const Arguments& arguments) {
         return MakeIncrement(arguments, ruleset);
       }});
  registry.Register(
      {"sentence:keyword",
       {{"word", kString}, {"N", kInteger}},
       [ruleset](const Arguments& arguments) { return MakeKeyword(arguments, ruleset); }});
}

}  // namespace hir::ifbench
