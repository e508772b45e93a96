#include "hir/checkers/iftrain/kinds.h"
#include "tests/fuzz/check_family.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const hir::CheckerRegistry registry = [] {
    hir::CheckerRegistry filled;
    hir::iftrain::RegisterKinds(filled);
    return filled;
  }();
  hir::CheckFamily(registry, data, size);
  return 0;
}
