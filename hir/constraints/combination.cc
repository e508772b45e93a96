// Answers of two parts: two responses, or the request repeated before the answer.
#include <string>
#include <vector>

#include "hir/constraints/checker_builder.h"
#include "hir/text/unicode.h"

namespace hir {
namespace {

CheckResult CheckTwoResponses(const ResponseText& response) {
  const std::vector<std::u32string_view> pieces = Split(response.text(), U"******");
  std::vector<std::u32string_view> answers;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const std::u32string_view answer = Strip(pieces[i]);
    if (!answer.empty()) {
      answers.push_back(answer);
    } else if (i != 0 && i != pieces.size() - 1) {
      return PassIf(false);
    }
  }
  return PassIf(answers.size() == 2 && answers[0] != answers[1]);
}

absl::StatusOr<std::unique_ptr<Checker>> MakeRepeatPrompt(const Arguments& arguments) {
  const std::u32string prompt = arguments.String("prompt_to_repeat");
  if (prompt.empty()) return arguments.Error("prompt_to_repeat", "it must not be empty");
  return MakeChecker([wanted = ToLower(Strip(prompt))](const ResponseText& response) {
    return PassIf(Strip(response.lower()).starts_with(wanted));
  });
}

}  // namespace

void RegisterCombination(CheckerRegistry& registry) {
  RegisterPlain(registry, "combination:two_responses", CheckTwoResponses);
  registry.Register({"combination:repeat_prompt",
                     {{"prompt_to_repeat", ArgumentType::kString}},
                     MakeRepeatPrompt});
}

}  // namespace hir
