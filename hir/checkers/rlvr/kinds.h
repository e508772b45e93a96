// The demands of RLVR-IFeval for which IFEval has no kind.
#ifndef HIR_CHECKERS_RLVR_KINDS_H_
#define HIR_CHECKERS_RLVR_KINDS_H_

#include "hir/checkers/core/registry.h"

namespace hir::rlvr {

// Registers every kind of the family. REQUIRES: `registry` has none of them.
void RegisterKinds(CheckerRegistry& registry);

}  // namespace hir::rlvr

#endif  // HIR_CHECKERS_RLVR_KINDS_H_
