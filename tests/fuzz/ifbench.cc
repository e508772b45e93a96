#include "hir/checkers/ifbench/kinds.h"
#include "tests/fuzz/check_family.h"

namespace {

const hir::CheckerRegistry& RegistryOf(hir::Ruleset ruleset) {
  static const auto filled = [](hir::Ruleset rules) {
    hir::CheckerRegistry registry(rules);
    hir::ifbench::RegisterKinds(registry);
    return registry;
  };
  static const hir::CheckerRegistry current = filled(hir::Ruleset::kIfbench020);
  static const hir::CheckerRegistry older = filled(hir::Ruleset::kIfbench2025);
  return ruleset == hir::Ruleset::kIfbench020 ? current : older;
}

}  // namespace

// Both rulesets on the same input.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  hir::CheckFamily(RegistryOf(hir::Ruleset::kIfbench020), data, size);
  hir::CheckFamily(RegistryOf(hir::Ruleset::kIfbench2025), data, size);
  return 0;
}
