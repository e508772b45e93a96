// One line a check, for the tests of the families.
#ifndef HIR_CONSTRAINTS_CHECK_TESTING_H_
#define HIR_CONSTRAINTS_CHECK_TESTING_H_

#include <string>
#include <string_view>

#include "hir/base/json.h"
#include "hir/constraints/registry.h"
#include "hir/constraints/score.h"

namespace hir {

// The strict verdict on `text` as '1' (pass), '0' (fail) or 'r' (undecidable), or the message of
// the error with which the checker can't be made.
inline std::string Strictly(std::string_view kind, std::string_view arguments,
                            std::string_view text, Ruleset ruleset = Ruleset::kIfbench020) {
  const auto checker = CheckerRegistry::Of(ruleset).Create(kind, ParseJson(arguments).value());
  if (!checker.ok()) return std::string(checker.status().message());
  switch (CheckText(**checker, ResponseText::FromUtf8(text)).verdict) {
    case Verdict::kPass:
      return "1";
    case Verdict::kFail:
      return "0";
    case Verdict::kUndecidable:
      break;
  }
  return "r";
}

// The same of a kind whose constraints are sentences: MulDimIF's.
inline std::string OnSentence(std::string_view kind, std::string_view sentence,
                              std::string_view text) {
  return Strictly(kind, nlohmann::json{{"text", sentence}}.dump(), text);
}

}  // namespace hir

#endif  // HIR_CONSTRAINTS_CHECK_TESTING_H_
