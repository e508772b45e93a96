// One line per check, for the tests of the families.
#ifndef HIR_CHECKERS_CORE_CHECK_TESTING_H_
#define HIR_CHECKERS_CORE_CHECK_TESTING_H_

#include <string>
#include <string_view>

#include "hir/base/json.h"
#include "hir/checkers/core/registry.h"
#include "hir/checkers/core/score.h"

namespace hir {

// The strict verdict on `text` as '1' (pass), '0' (fail) or 'r' (undecidable), or the message of
// the error with which the checker can't be made.
inline std::string StrictlyBy(const CheckerRegistry& registry, std::string_view kind,
                              std::string_view arguments, std::string_view text) {
  const auto checker = registry.Create(kind, ParseJson(arguments).value());
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

// The kinds that `kRegister` registers, a family's RegisterKinds().
template <void (*kRegister)(CheckerRegistry&), Ruleset kRuleset = Ruleset::kIfbench020>
const CheckerRegistry& RegistryOf() {
  static const CheckerRegistry registry = [] {
    CheckerRegistry filled(kRuleset);
    kRegister(filled);
    return filled;
  }();
  return registry;
}

template <void (*kRegister)(CheckerRegistry&), Ruleset kRuleset = Ruleset::kIfbench020>
std::string StrictlyOf(std::string_view kind, std::string_view arguments, std::string_view text) {
  return StrictlyBy(RegistryOf<kRegister, kRuleset>(), kind, arguments, text);
}

// Why the strict verdict on `text` is undecidable; empty where it is not.
template <void (*kRegister)(CheckerRegistry&), Ruleset kRuleset = Ruleset::kIfbench020>
std::string ReasonOf(std::string_view kind, std::string_view arguments, std::string_view text) {
  const auto checker =
      RegistryOf<kRegister, kRuleset>().Create(kind, ParseJson(arguments).value()).value();
  return CheckText(*checker, ResponseText::FromUtf8(text)).reason;
}

}  // namespace hir

#endif  // HIR_CHECKERS_CORE_CHECK_TESTING_H_
