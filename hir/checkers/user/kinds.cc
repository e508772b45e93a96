// Each file here registers the checkers of one subject; a new one has two lines below.
#include "hir/checkers/user/kinds.h"

namespace hir::user {

void RegisterJsonSchema(CheckerRegistry& registry);
void RegisterPattern(CheckerRegistry& registry);

void RegisterKinds(CheckerRegistry& registry) {
  RegisterJsonSchema(registry);
  RegisterPattern(registry);
}

}  // namespace hir::user
