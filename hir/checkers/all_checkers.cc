#include "hir/checkers/all_checkers.h"

#include "hir/checkers/ifbench/kinds.h"
#include "hir/checkers/ifeval/kinds.h"
#include "hir/checkers/iftrain/kinds.h"
#include "hir/checkers/muldimif/kinds.h"
#include "hir/checkers/remote/kinds.h"
#include "hir/checkers/rlvr/kinds.h"
#include "hir/checkers/user/kinds.h"

namespace hir {
namespace {

CheckerRegistry Filled(Ruleset ruleset) {
  CheckerRegistry registry(ruleset);
  ifeval::RegisterKinds(registry);
  iftrain::RegisterKinds(registry);
  ifbench::RegisterKinds(registry);
  muldimif::RegisterKinds(registry);
  rlvr::RegisterKinds(registry);
  user::RegisterKinds(registry);
  remote::RegisterKinds(registry);
  return registry;
}

}  // namespace

const CheckerRegistry& AllCheckers(Ruleset ruleset) {
  static const auto* const current = new CheckerRegistry(Filled(Ruleset::kIfbench020));
  static const auto* const older = new CheckerRegistry(Filled(Ruleset::kIfbench2025));
  return ruleset == Ruleset::kIfbench020 ? *current : *older;
}

}  // namespace hir
