// Each file here registers the checkers of one subject; a new one has two lines below.
#include "hir/checkers/iftrain/kinds.h"

namespace hir::iftrain {

void RegisterCopy(CheckerRegistry& registry);
void RegisterCount(CheckerRegistry& registry);
void RegisterFormat(CheckerRegistry& registry);
void RegisterWords(CheckerRegistry& registry);

void RegisterKinds(CheckerRegistry& registry) {
  RegisterCopy(registry);
  RegisterCount(registry);
  RegisterFormat(registry);
  RegisterWords(registry);
}

}  // namespace hir::iftrain
