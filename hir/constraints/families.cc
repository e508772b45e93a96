// The families of this build. Each is a file that registers the checkers of one subject; a new one
// is that file and its two lines here.
#include "hir/constraints/families.h"

namespace hir {

void RegisterKeywords(CheckerRegistry& registry);
void RegisterLanguage(CheckerRegistry& registry);
void RegisterLength(CheckerRegistry& registry);
void RegisterDetectableContent(CheckerRegistry& registry);
void RegisterDetectableFormat(CheckerRegistry& registry);
void RegisterCombination(CheckerRegistry& registry);
void RegisterStartEnd(CheckerRegistry& registry);
void RegisterChangeCase(CheckerRegistry& registry);
void RegisterPunctuation(CheckerRegistry& registry);
void RegisterIfbenchCount(CheckerRegistry& registry, Ruleset ruleset);
void RegisterIfbenchCsv(CheckerRegistry& registry);
void RegisterIfbenchCustom(CheckerRegistry& registry, Ruleset ruleset);
void RegisterIfbenchFormat(CheckerRegistry& registry, Ruleset ruleset);
void RegisterIfbenchLines(CheckerRegistry& registry, Ruleset ruleset);
void RegisterIfbenchPlaces(CheckerRegistry& registry, Ruleset ruleset);
void RegisterIfbenchRatio(CheckerRegistry& registry, Ruleset ruleset);
void RegisterIfbenchRepeat(CheckerRegistry& registry, Ruleset ruleset);
void RegisterIfbenchSentence(CheckerRegistry& registry, Ruleset ruleset);
void RegisterIfbenchWords(CheckerRegistry& registry, Ruleset ruleset);
void RegisterIftrainCopy(CheckerRegistry& registry);
void RegisterIftrainCount(CheckerRegistry& registry);
void RegisterIftrainFormat(CheckerRegistry& registry);
void RegisterIftrainWords(CheckerRegistry& registry);
void RegisterRlvr(CheckerRegistry& registry);

void RegisterJsonSchema(CheckerRegistry& registry);
void RegisterPattern(CheckerRegistry& registry);

void RegisterIfeval(CheckerRegistry& registry) {
  RegisterKeywords(registry);
  RegisterLanguage(registry);
  RegisterLength(registry);
  RegisterDetectableContent(registry);
  RegisterDetectableFormat(registry);
  RegisterCombination(registry);
  RegisterStartEnd(registry);
  RegisterChangeCase(registry);
  RegisterPunctuation(registry);
}

void RegisterIftrain(CheckerRegistry& registry) {
  RegisterIftrainCopy(registry);
  RegisterIftrainCount(registry);
  RegisterIftrainFormat(registry);
  RegisterIftrainWords(registry);
}

void RegisterIfbench(CheckerRegistry& registry, Ruleset ruleset) {
  RegisterIfbenchCount(registry, ruleset);
  RegisterIfbenchCsv(registry);
  RegisterIfbenchCustom(registry, ruleset);
  RegisterIfbenchFormat(registry, ruleset);
  RegisterIfbenchLines(registry, ruleset);
  RegisterIfbenchPlaces(registry, ruleset);
  RegisterIfbenchRatio(registry, ruleset);
  RegisterIfbenchRepeat(registry, ruleset);
  RegisterIfbenchSentence(registry, ruleset);
  RegisterIfbenchWords(registry, ruleset);
}

void RegisterUser(CheckerRegistry& registry) {
  RegisterJsonSchema(registry);
  RegisterPattern(registry);
}

namespace {

CheckerRegistry Filled(Ruleset ruleset) {
  CheckerRegistry registry(ruleset);
  RegisterIfeval(registry);
  RegisterIftrain(registry);
  RegisterIfbench(registry, ruleset);
  RegisterMuldimif(registry);
  RegisterRlvr(registry);
  RegisterUser(registry);
  RegisterRemote(registry);
  return registry;
}

}  // namespace

const CheckerRegistry& CheckerRegistry::Of(Ruleset ruleset) {
  static const auto* const current = new CheckerRegistry(Filled(Ruleset::kIfbench020));
  static const auto* const older = new CheckerRegistry(Filled(Ruleset::kIfbench2025));
  return ruleset == Ruleset::kIfbench020 ? *current : *older;
}

}  // namespace hir
