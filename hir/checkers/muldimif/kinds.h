// The kinds of MulDimIF, whose constraints are sentences; rules.h says how they are read.
#ifndef HIR_CHECKERS_MULDIMIF_KINDS_H_
#define HIR_CHECKERS_MULDIMIF_KINDS_H_

#include "hir/checkers/core/registry.h"

namespace hir::muldimif {

// Registers every kind of the family. REQUIRES: `registry` has none of them.
void RegisterKinds(CheckerRegistry& registry);

}  // namespace hir::muldimif

#endif  // HIR_CHECKERS_MULDIMIF_KINDS_H_
