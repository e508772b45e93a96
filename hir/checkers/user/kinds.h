// Kinds that a user gives the rule itself as an argument: patterns and JSON Schemas.
#ifndef HIR_CHECKERS_USER_KINDS_H_
#define HIR_CHECKERS_USER_KINDS_H_

#include "hir/checkers/core/registry.h"

namespace hir::user {

// Registers every kind of the family. REQUIRES: `registry` has none of them.
void RegisterKinds(CheckerRegistry& registry);

}  // namespace hir::user

#endif  // HIR_CHECKERS_USER_KINDS_H_
