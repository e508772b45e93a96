// Words and letters that a response must or must not contain. Keywords are regular expressions: the
// official code does not escape them, and finds them inside longer words.
#include "hir/checkers/ifeval/keywords.h"

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/checkers/core/checker_builder.h"
#include "hir/text/python/unicode.h"
#include "hir/text/scan/scan_text.h"

namespace hir::ifeval {
namespace {

using python::EncodeUtf8;
using python::Strip;
using python::ToLower;
using regex::RegexOptions;
using scan::IsByte;
using scan::IsLetterByte;
using scan::ScanText;

constexpr RegexOptions kIgnoreCase = {.ignore_case = true};

// The patterns of a list argument in the official order: sorted, which decides whether a search
// ends before it meets a broken pattern.
absl::StatusOr<std::vector<ArgumentPattern>> SortedPatterns(const Arguments& arguments,
                                                            std::string_view name,
                                                            std::u32string_view around) {
  const std::vector<std::u32string> words = arguments.Strings(name);
  if (words.empty()) return arguments.Error(name, "it must not be empty");
  std::vector<ArgumentPattern> patterns;
  for (const std::u32string& word : std::set<std::u32string>(words.begin(), words.end())) {
    std::u32string pattern(around);
    pattern.append(word).append(around);
    HIR_ASSIGN_OR_RETURN(ArgumentPattern compiled,
                         ArgumentPattern::Create(arguments, name, pattern, kIgnoreCase));
    patterns.push_back(std::move(compiled));
  }
  return patterns;
}

// Looks for one pattern after another. The constraint fails at the first that is found, if
// `stop_when` is true, or at the first that is not found.
CheckResult SearchInTurn(const std::vector<ArgumentPattern>& patterns, const ResponseText& response,
                         bool stop_when) {
  for (const ArgumentPattern& pattern : patterns) {
    const absl::StatusOr<bool> found = pattern.Search(response.subject());
    if (!found.ok()) return Undecidable(std::string(found.status().message()));
    if (*found == stop_when) return PassIf(false);
  }
  return PassIf(true);
}

StatusOrChecker MakeExistence(const Arguments& arguments) {
  HIR_ASSIGN_OR_RETURN(auto patterns, SortedPatterns(arguments, "keywords", U""));
  return CheckerFrom([patterns = std::move(patterns)](const ResponseText& response) {
    return SearchInTurn(patterns, response, /*stop_when=*/false);
  });
}

StatusOrChecker MakeForbiddenWords(const Arguments& arguments) {
  HIR_ASSIGN_OR_RETURN(auto patterns, SortedPatterns(arguments, "forbidden_words", U"\\b"));
  return CheckerFrom([patterns = std::move(patterns)](const ResponseText& response) {
    return SearchInTurn(patterns, response, /*stop_when=*/true);
  });
}

}  // namespace

StatusOrChecker MakeKeywordFrequency(const Arguments& arguments) {
  const std::u32string keyword = arguments.String("keyword");
  if (keyword.empty()) return arguments.Error("keyword", "it must not be empty");
  HIR_ASSIGN_OR_RETURN(const CountRelation relation,
                       CountRelation::Create(arguments, "relation", "frequency"));
  HIR_ASSIGN_OR_RETURN(ArgumentPattern pattern,
                       ArgumentPattern::Create(arguments, "keyword", Strip(keyword), kIgnoreCase));
  return CheckerFrom([relation, pattern = std::move(pattern)](const ResponseText& response) {
    const absl::StatusOr<size_t> count = pattern.Count(response.subject());
    if (!count.ok()) return Undecidable(std::string(count.status().message()));
    return relation.Check(*count);
  });
}

StatusOrChecker MakeLetterFrequency(const Arguments& arguments) {
  const std::u32string letter = arguments.String("letter");
  if (letter.size() != 1) return arguments.Error("letter", "it must be one character");
  HIR_ASSIGN_OR_RETURN(const CountRelation relation,
                       CountRelation::Create(arguments, "let_relation", "let_frequency"));
  const std::u32string lower = ToLower(letter);
  if (lower.size() != 1 || lower[0] < 'a' || lower[0] > 'z') {
    // IFEval's own prompts ask for "#" and "!", so this can't be an error of the arguments.
    return CheckerFrom([reason = absl::StrCat("The official checker takes a random letter instead "
                                              "of \"",
                                              EncodeUtf8(letter), "\", which is not one of a-z.")](
                           const ResponseText&) { return Undecidable(reason); });
  }
  return CheckerFrom(
      [relation, wanted = static_cast<uint8_t>(lower[0])](const ResponseText& response) {
        const ScanText& text = response.scan();
        return relation.Check(text.ascii() ? CountIf(text, IsLetterByte{wanted})
                                           : CountIf(response.lower_scan(), IsByte{wanted}));
      });
}

void RegisterKeywords(CheckerRegistry& registry) {
  using enum ArgumentType;
  registry.Register({"keywords:existence", {{"keywords", kStringList}}, MakeExistence});
  registry.Register(
      {"keywords:forbidden_words", {{"forbidden_words", kStringList}}, MakeForbiddenWords});
  registry.Register({"keywords:frequency",
                     {{"keyword", kString}, {"frequency", kInteger}, {"relation", kString}},
                     MakeKeywordFrequency});
  registry.Register({"keywords:letter_frequency",
                     {{"letter", kString}, {"let_frequency", kInteger}, {"let_relation", kString}},
                     MakeLetterFrequency});
}

}  // namespace hir::ifeval
