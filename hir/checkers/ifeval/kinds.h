// The kinds of IFEval (arXiv:2311.07911); the checkers follow the official Python, quirks included.
#ifndef HIR_CHECKERS_IFEVAL_KINDS_H_
#define HIR_CHECKERS_IFEVAL_KINDS_H_

#include "hir/checkers/core/registry.h"

namespace hir::ifeval {

// Registers every kind of the family. REQUIRES: `registry` has none of them.
void RegisterKinds(CheckerRegistry& registry);

}  // namespace hir::ifeval

#endif  // HIR_CHECKERS_IFEVAL_KINDS_H_
