// Answers of two parts: two responses, or the request repeated before the answer.
#include <string>
#include <vector>

#include "hir/checkers/core/checker_builder.h"
#include "hir/text/python/unicode.h"
#include "hir/text/scan/scan_text.h"

namespace hir::ifeval {
namespace {

using python::Strip;
using python::ToLower;
using scan::Needle;
using scan::ScanText;
using scan::TextSpan;

CheckResult CheckTwoResponses(const ResponseText& response) {
  static const auto* const divider = new Needle(U"******");
  const ScanText& text = response.scan();
  const std::vector<TextSpan> pieces = SplitAt(text, *divider);
  std::vector<TextSpan> answers;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const TextSpan answer = Strip(text, pieces[i]);
    if (!answer.empty()) {
      answers.push_back(answer);
    } else if (i != 0 && i != pieces.size() - 1) {
      return PassIf(false);
    }
  }
  return PassIf(answers.size() == 2 && !AreEqual(text, answers[0], answers[1]));
}

StatusOrChecker MakeRepeatPrompt(const Arguments& arguments) {
  const std::u32string prompt = arguments.String("prompt_to_repeat");
  if (prompt.empty()) return arguments.Error("prompt_to_repeat", "it must not be empty");
  return CheckerFrom([wanted = Needle(ToLower(Strip(prompt)))](const ResponseText& response) {
    const TextSpan left = Strip(response.lower_scan());
    return PassIf(wanted.size() <= left.size &&
                  HasTextAt(response.lower_scan(), wanted, left.begin));
  });
}

}  // namespace

void RegisterCombination(CheckerRegistry& registry) {
  RegisterPlain(registry, "combination:two_responses", CheckTwoResponses);
  registry.Register({"combination:repeat_prompt",
                     {{"prompt_to_repeat", ArgumentType::kString}},
                     MakeRepeatPrompt});
}

}  // namespace hir::ifeval
