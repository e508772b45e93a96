// One function a family: each adds its checkers to a registry.
#ifndef HIR_CONSTRAINTS_FAMILIES_H_
#define HIR_CONSTRAINTS_FAMILIES_H_

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

}  // namespace hir

#endif  // HIR_CONSTRAINTS_FAMILIES_H_
