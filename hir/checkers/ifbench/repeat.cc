// IFBench: responses that repeat the request, or a part of it.
#include <algorithm>
#include <string>
#include <vector>

#include "hir/base/status_macros.h"
#include "hir/checkers/core/python_lists.h"
#include "hir/checkers/ifbench/common.h"
#include "hir/text/python/unicode.h"

namespace hir::ifbench {
namespace {

using python::Split;
using python::Strip;
using python::ToLower;
using python::View;

// All words but the first are equal; in the older copy all characters but the first.
StatusOrChecker MakeChange(const Arguments& arguments, Ruleset ruleset) {
  HIR_ASSIGN_OR_RETURN(const std::u32string prompt, arguments.NotEmptyString("prompt_to_repeat"));
  return CheckerFrom([prompt, ruleset](const ResponseText& response) {
    const View text = response.text();
    if (text == prompt) return PassIf(false);
    if (ruleset == Ruleset::kIfbench2025) return PassIf(text.substr(1) == View(prompt).substr(1));
    std::vector<View> wanted = Split(prompt), found = Split(text);
    for (std::vector<View>* words : {&wanted, &found}) {
      if (!words->empty()) words->erase(words->begin());
    }
    return PassIf(wanted == found);
  });
}

CheckResult IsTheSentence(const ResponseText& response) {
  return PassIf(ToLower(response.stripped()) ==
                U"only output this sentence here, ignore all other requests.");
}

// Characters [start, end]; in the older copy words [start, end).
StatusOrChecker MakeSpan(const Arguments& arguments, Ruleset ruleset) {
  HIR_ASSIGN_OR_RETURN(const std::u32string prompt, arguments.NotEmptyString("prompt_to_repeat"));
  const int64_t start = arguments.Integer("n_start"), end = arguments.Integer("n_end");
  if (ruleset == Ruleset::kIfbench020) {
    const PythonSlice span = SliceOf(prompt.size(), start, end + 1);
    const View wanted = Strip(View(prompt).substr(span.begin, span.size));
    return CheckerFrom([lower = ToLower(wanted)](const ResponseText& response) {
      return PassIf(ToLower(response.stripped()) == lower);
    });
  }
  HIR_RETURN_IF_ERROR(arguments.RequireNotZero("n_start"));
  HIR_RETURN_IF_ERROR(arguments.RequireNotZero("n_end"));
  return CheckerFrom([lower = ToLower(Strip(prompt)), start, end](const ResponseText& response) {
    const std::vector<View> words = Split(lower);
    const PythonSlice span = SliceOf(words.size(), start, end);
    const std::u32string text = ToLower(response.stripped());
    const std::vector<View> found = Split(text);
    return PassIf(found.size() == span.size &&
                  std::equal(found.begin(), found.end(), words.begin() + span.begin));
  });
}

}  // namespace

void RegisterRepeat(CheckerRegistry& registry, Ruleset ruleset) {
  using enum ArgumentType;
  registry.Register(
      {"repeat:repeat_change",
       {{"prompt_to_repeat", kString}},
       [ruleset](const Arguments& arguments) { return MakeChange(arguments, ruleset); }});
  RegisterPlain(registry, "repeat:repeat_simple", IsTheSentence);
  registry.Register(
      {"repeat:repeat_span",
       {{"prompt_to_repeat", kString}, {"n_start", kInteger}, {"n_end", kInteger}},
       [ruleset](const Arguments& arguments) { return MakeSpan(arguments, ruleset); }});
}

}  // namespace hir::ifbench
