// IFBench: a keyword at a position that is counted in tokens.
#include <algorithm>
#include <string>
#include <vector>

#include "hir/base/status_macros.h"
#include "hir/checkers/core/python_lists.h"
#include "hir/checkers/ifbench/common.h"
#include "hir/text/nltk/word_tokenize.h"
#include "hir/text/python/ascii_punctuation.h"
#include "hir/text/python/unicode.h"

namespace hir::ifbench {
namespace {

using nltk::kWordTokenizeWork;
using nltk::WordTokens;
using python::IsWord;
using python::kPunctuation;
using python::Strip;
using python::ToLower;
using python::View;
using scan::ScanText;

// str.isalnum() of one character.
bool IsAlnum(char32_t c) { return IsWord(c) && c != U'_'; }

bool IsSameWord(View token, View keyword, Ruleset ruleset) {
  if (ruleset == Ruleset::kIfbench2025) return token == keyword;
  return ToLower(token) == ToLower(keyword);
}

// In the older copy punctuation marks count as words, and case counts.
StatusOrChecker MakeSentencePlace(const Arguments& arguments, Ruleset ruleset) {
  HIR_ASSIGN_OR_RETURN(const std::u32string given, arguments.NotEmptyString("keyword"));
  HIR_RETURN_IF_ERROR(arguments.RequireNotZero("n"));
  HIR_RETURN_IF_ERROR(arguments.RequireNotZero("m"));
  return CheckerFrom([keyword = std::u32string(Strip(given)), n = arguments.Integer("n"),
                      m = arguments.Integer("m"), ruleset](const ResponseText& response) {
    constexpr char kNoPlace[] = "The official checker raises: the place is before the beginning.";
    const std::vector<View> sentences = SentencesBy(ruleset, response);
    if (static_cast<int64_t>(sentences.size()) < n) return PassIf(false);
    const size_t at = PythonIndex(n - 1, sentences.size());
    if (at == sentences.size()) return Undecidable(kNoPlace);
    const auto work = static_cast<int64_t>(sentences[at].size()) * kWordTokenizeWork;
    if (!response.budget().Charge(work)) return Undecidable(kWorkBudgetExhausted);
    std::vector<View> words =
        WordTokens(ScanText(std::u32string(sentences[at])), response.sentence_memo());
    if (ruleset == Ruleset::kIfbench020) {
      std::erase_if(words,
                    [](View word) { return std::none_of(word.begin(), word.end(), IsAlnum); });
    }
    if (static_cast<int64_t>(words.size()) < m) return PassIf(false);
    const size_t place = PythonIndex(m - 1, words.size());
    if (place == words.size()) return Undecidable(kNoPlace);
    return PassIf(IsSameWord(words[place], keyword, ruleset));
  });
}

// A punctuation mark among the last tokens is ignored; not so in the older copy, where case counts,
// too.
StatusOrChecker MakeSecondAndLastButOne(const Arguments& arguments, Ruleset ruleset) {
  return CheckerFrom([keyword = std::u32string(Strip(arguments.String("keyword"))),
                      ruleset](const ResponseText& response) {
    const std::vector<View>& words = response.tokens();
    if (words.size() < 2) return PassIf(false);
    const bool mark =
        ruleset == Ruleset::kIfbench020 && kPunctuation.find(words.back()) != View::npos;
    const size_t from_end = mark ? 3 : 2;
    if (words.size() < from_end) return PassIf(false);
    return PassIf(IsSameWord(words[1], keyword, ruleset) &&
                  IsSameWord(words[words.size() - from_end], keyword, ruleset));
  });
}

}  // namespace

void RegisterPlaces(CheckerRegistry& registry, Ruleset ruleset) {
  using enum ArgumentType;
  registry.Register(
      {"words:keywords_specific_position",
       {{"keyword", kString}, {"n", kInteger}, {"m", kInteger}},
       [ruleset](const Arguments& arguments) { return MakeSentencePlace(arguments, ruleset); }});
  registry.Register(
      {"words:words_position", {{"keyword", kString}}, [ruleset](const Arguments& arguments) {
         return MakeSecondAndLastButOne(arguments, ruleset);
       }});
}

}  // namespace hir::ifbench
