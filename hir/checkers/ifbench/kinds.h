// The kinds of IFBench, which follow the ruleset of the registry.
#ifndef HIR_CHECKERS_IFBENCH_KINDS_H_
#define HIR_CHECKERS_IFBENCH_KINDS_H_

#include "hir/checkers/core/registry.h"

namespace hir::ifbench {

// Registers every kind of the family. REQUIRES: `registry` has none of them.
void RegisterKinds(CheckerRegistry& registry);

}  // namespace hir::ifbench

#endif  // HIR_CHECKERS_IFBENCH_KINDS_H_
