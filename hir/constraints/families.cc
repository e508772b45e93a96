#include "hir/constraints/families.h"

namespace hir {

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
    return filled;
  }();
  return *registry;
}

}  // namespace hir
