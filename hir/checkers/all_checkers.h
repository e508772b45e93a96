// The registries with the checkers of every family.
#ifndef HIR_CHECKERS_ALL_CHECKERS_H_
#define HIR_CHECKERS_ALL_CHECKERS_H_

#include "hir/checkers/core/registry.h"

namespace hir {

// All checkers of this build. Those that another program decides are disabled; a copy may be given
// them. Thread-safe.
const CheckerRegistry& AllCheckers(Ruleset ruleset = Ruleset::kIfbench020);

}  // namespace hir

#endif  // HIR_CHECKERS_ALL_CHECKERS_H_
