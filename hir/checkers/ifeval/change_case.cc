// Capital and small letters.
#include <algorithm>
#include <string>

#include "hir/base/status_macros.h"
#include "hir/checkers/core/checker_builder.h"
#include "hir/text/python/unicode.h"

namespace hir::ifeval {
namespace {

using python::IsLower;
using python::IsUpper;

StatusOrChecker MakeCapitalWords(const Arguments& arguments) {
  HIR_ASSIGN_OR_RETURN(const CountRelation relation,
                       CountRelation::Create(arguments, "capital_relation", "capital_frequency",
                                             /*least=*/INT64_MIN));
  return CheckerFrom([relation](const ResponseText& response) {
    const auto& tokens = response.tokens();
    return relation.Check(std::count_if(tokens.begin(), tokens.end(),
                                        [](std::u32string_view token) { return IsUpper(token); }));
  });
}

// The official checker passes a text whose language cannot be told.
bool CountsAsEnglish(const ResponseText& response) {
  const absl::StatusOr<std::string> detected = response.language();
  return !detected.ok() || *detected == "en";
}

}  // namespace

void RegisterChangeCase(CheckerRegistry& registry) {
  using enum ArgumentType;
  registry.Register({"change_case:capital_word_frequency",
                     {{"capital_frequency", kInteger}, {"capital_relation", kString}},
                     MakeCapitalWords});
  RegisterPlain(registry, "change_case:english_capital", [](const ResponseText& response) {
    return PassIf(IsUpper(response.text()) && CountsAsEnglish(response));
  });
  RegisterPlain(registry, "change_case:english_lowercase", [](const ResponseText& response) {
    return PassIf(IsLower(response.text()) && CountsAsEnglish(response));
  });
}

}  // namespace hir::ifeval
