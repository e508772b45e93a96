// The families of checkers, each as a whole.
#ifndef HIR_CONSTRAINTS_FAMILIES_H_
#define HIR_CONSTRAINTS_FAMILIES_H_

#include "hir/constraints/registry.h"

namespace hir {

// Each registers every kind of its family. REQUIRES: `registry` has none of them.
void RegisterIfeval(CheckerRegistry& registry);
void RegisterIftrain(CheckerRegistry& registry);
void RegisterIfbench(CheckerRegistry& registry, Ruleset ruleset);
void RegisterMuldimif(CheckerRegistry& registry);
// Kinds that say by themselves what they ask for: patterns and JSON schemas.
void RegisterUser(CheckerRegistry& registry);
void RegisterRemote(CheckerRegistry& registry);

}  // namespace hir

#endif  // HIR_CONSTRAINTS_FAMILIES_H_
