// The families of this build. Each is a file that registers the checkers of one subject; a new one
// is that file and its two lines here.
#include "hir/constraints/registry.h"

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
void RegisterIftrainCopy(CheckerRegistry& registry);
void RegisterIftrainCount(CheckerRegistry& registry);
void RegisterIftrainFormat(CheckerRegistry& registry);
void RegisterIftrainWords(CheckerRegistry& registry);
void RegisterRemote(CheckerRegistry& registry);

const CheckerRegistry& CheckerRegistry::Default() {
  static const auto* const registry = [] {
    auto* filled = new CheckerRegistry;
    RegisterKeywords(*filled);
    RegisterLanguage(*filled);
    RegisterLength(*filled);
    RegisterDetectableContent(*filled);
    RegisterDetectableFormat(*filled);
    RegisterCombination(*filled);
    RegisterStartEnd(*filled);
    RegisterChangeCase(*filled);
    RegisterPunctuation(*filled);
    RegisterIftrainCopy(*filled);
    RegisterIftrainCount(*filled);
    RegisterIftrainFormat(*filled);
    RegisterIftrainWords(*filled);
    RegisterRemote(*filled);
    return filled;
  }();
  return *registry;
}

}  // namespace hir
