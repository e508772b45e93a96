// IFTrain: responses that repeat something word for word. Case and white space at the ends do not
// count.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "hir/base/status_macros.h"
#include "hir/checkers/core/checker_builder.h"
#include "hir/checkers/core/python_lists.h"
#include "hir/text/python/unicode.h"

namespace hir::iftrain {
namespace {

using python::Split;
using python::Strip;
using python::ToLower;
using python::View;
using regex::RegexSpan;

bool SameText(View text, View stripped_lower) { return ToLower(Strip(text)) == stripped_lower; }

StatusOrChecker MakeCopy(const Arguments& arguments) {
  HIR_ASSIGN_OR_RETURN(const std::u32string prompt, arguments.NotEmptyString("prompt_to_repeat"));
  return CheckerFrom([wanted = ToLower(Strip(prompt))](const ResponseText& response) {
    return PassIf(SameText(response.text(), wanted));
  });
}

StatusOrChecker MakeCopies(const Arguments& arguments) {
  HIR_ASSIGN_OR_RETURN(const std::u32string prompt, arguments.NotEmptyString("prompt_to_repeat"));
  HIR_RETURN_IF_ERROR(arguments.RequireNotZero("N"));
  const int64_t copies = arguments.Integer("N");
  return CheckerFrom([wanted = ToLower(Strip(prompt)), copies](const ResponseText& response) {
    const std::vector<View> parts = Split(response.text(), U"******");
    if (static_cast<int64_t>(parts.size()) != copies) return PassIf(false);
    for (const View part : parts) {
      if (!SameText(part, wanted)) return PassIf(false);
    }
    return PassIf(true);
  });
}

// The end is not part of the span, unlike in IFBench.
StatusOrChecker MakeSpan(const Arguments& arguments) {
  HIR_ASSIGN_OR_RETURN(const std::u32string prompt, arguments.NotEmptyString("prompt_to_repeat"));
  HIR_RETURN_IF_ERROR(arguments.RequireNotZero("n_start"));
  HIR_RETURN_IF_ERROR(arguments.RequireNotZero("n_end"));
  const PythonSlice span =
      SliceOf(prompt.size(), arguments.Integer("n_start"), arguments.Integer("n_end"));
  return CheckerFrom(
      [wanted = ToLower(Strip(View(prompt).substr(span.begin, span.size)))](
          const ResponseText& response) { return PassIf(SameText(response.text(), wanted)); });
}

// Whether `found` is the phrase with exactly one word replaced.
bool DiffersInOneWord(View found, const std::vector<View>& phrase) {
  const std::vector<View> words = Split(found);
  if (words.size() != phrase.size()) return false;
  size_t differences = 0;
  for (size_t i = 0; i < words.size(); ++i) differences += words[i] != phrase[i];
  return differences == 1;
}

// Each repetition is the phrase with one word replaced. Its first and last word are patterns; the
// text between them must be on one line, with a space on either side.
StatusOrChecker MakeRepeatPhrase(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireNotZero("small_n"));
  const int64_t wanted = arguments.Integer("small_n");
  const std::u32string phrase = arguments.String("phrase");
  const std::vector<View> words = Split(phrase);
  if (words.empty()) return arguments.Error("phrase", "it must not be blank");
  const std::u32string around = std::u32string(words.front()).append(U" .*? ").append(words.back());
  HIR_ASSIGN_OR_RETURN(ArgumentPattern pattern,
                       ArgumentPattern::Create(arguments, "phrase", around));
  return CheckerFrom([phrase, wanted, pattern = std::move(pattern)](const ResponseText& response) {
    const auto found = pattern.FindAll(response.subject());
    if (!found.ok()) return Undecidable(std::string(found.status().message()));
    if (static_cast<int64_t>(found->size()) != wanted) return PassIf(false);
    const std::vector<View> words = Split(phrase);
    return PassIf(std::all_of(found->begin(), found->end(), [&](const RegexSpan& span) {
      const View match = View(response.text()).substr(span.start, span.end - span.start);
      return DiffersInOneWord(match, words);
    }));
  });
}

}  // namespace

void RegisterCopy(CheckerRegistry& registry) {
  using enum ArgumentType;
  const ArgumentSpec prompt = {"prompt_to_repeat", kString};
  registry.Register({"copy:copy", {prompt}, MakeCopy});
  registry.Register({"copy:copying_simple", {prompt}, MakeCopy});
  registry.Register({"copy:copying_multiple", {prompt, {"N", kInteger}}, MakeCopies});
  registry.Register(
      {"new:copy_span_idx", {prompt, {"n_start", kInteger}, {"n_end", kInteger}}, MakeSpan});
  registry.Register(
      {"copy:repeat_phrase", {{"phrase", kString}, {"small_n", kInteger}}, MakeRepeatPhrase});
}

}  // namespace hir::iftrain
