// Each file here registers the checkers of one subject; a new one has two lines below.
#include "hir/checkers/ifbench/kinds.h"

namespace hir::ifbench {

void RegisterCount(CheckerRegistry& registry, Ruleset ruleset);
void RegisterCsv(CheckerRegistry& registry);
void RegisterCustom(CheckerRegistry& registry, Ruleset ruleset);
void RegisterFormat(CheckerRegistry& registry, Ruleset ruleset);
void RegisterLines(CheckerRegistry& registry, Ruleset ruleset);
void RegisterPlaces(CheckerRegistry& registry, Ruleset ruleset);
void RegisterRatio(CheckerRegistry& registry, Ruleset ruleset);
void RegisterRepeat(CheckerRegistry& registry, Ruleset ruleset);
void RegisterSentence(CheckerRegistry& registry, Ruleset ruleset);
void RegisterWords(CheckerRegistry& registry, Ruleset ruleset);

void RegisterKinds(CheckerRegistry& registry) {
  RegisterCount(registry, registry.ruleset());
  RegisterCsv(registry);
  RegisterCustom(registry, registry.ruleset());
  RegisterFormat(registry, registry.ruleset());
  RegisterLines(registry, registry.ruleset());
  RegisterPlaces(registry, registry.ruleset());
  RegisterRatio(registry, registry.ruleset());
  RegisterRepeat(registry, registry.ruleset());
  RegisterSentence(registry, registry.ruleset());
  RegisterWords(registry, registry.ruleset());
}

}  // namespace hir::ifbench
