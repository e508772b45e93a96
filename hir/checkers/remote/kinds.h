// Kinds that another program decides. They are known everywhere, so that data sets with them can be
// checked, and disabled until the room of the program enables them.
#ifndef HIR_CHECKERS_REMOTE_KINDS_H_
#define HIR_CHECKERS_REMOTE_KINDS_H_

#include "hir/checkers/core/registry.h"

namespace hir::remote {

// Registers every kind of the family. REQUIRES: `registry` has none of them.
void RegisterKinds(CheckerRegistry& registry);

}  // namespace hir::remote

#endif  // HIR_CHECKERS_REMOTE_KINDS_H_
