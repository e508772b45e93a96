// The kinds that IFTrain (IF-RLVR) adds to IFEval's; the checkers follow open-instruct's IFEvalG.
#ifndef HIR_CHECKERS_IFTRAIN_KINDS_H_
#define HIR_CHECKERS_IFTRAIN_KINDS_H_

#include "hir/checkers/core/registry.h"

namespace hir::iftrain {

// Registers every kind of the family. REQUIRES: `registry` has none of them.
void RegisterKinds(CheckerRegistry& registry);

}  // namespace hir::iftrain

#endif  // HIR_CHECKERS_IFTRAIN_KINDS_H_
