// Each file here registers the checkers of one subject; a new one has two lines below.
#include "hir/checkers/ifeval/kinds.h"

namespace hir::ifeval {

void RegisterKeywords(CheckerRegistry& registry);
void RegisterLanguage(CheckerRegistry& registry);
void RegisterLength(CheckerRegistry& registry);
void RegisterDetectableContent(CheckerRegistry& registry);
void RegisterDetectableFormat(CheckerRegistry& registry);
void RegisterCombination(CheckerRegistry& registry);
void RegisterStartEnd(CheckerRegistry& registry);
void RegisterChangeCase(CheckerRegistry& registry);
void RegisterPunctuation(CheckerRegistry& registry);

void RegisterKinds(CheckerRegistry& registry) {
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

}  // namespace hir::ifeval
