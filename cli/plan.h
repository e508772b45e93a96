// `hir plan`: what a run asks of machines, in words.
#ifndef HIR_CLI_PLAN_H_
#define HIR_CLI_PLAN_H_

#include <string>

#include "hir/config/run_config.h"
#include "hir/driver/plan.h"

namespace hir {

// One line each: what, how much, and what follows from it.
std::string FormatPlan(const RunPlan& plan, const RunConfig& config, const PlanInputs& inputs);

}  // namespace hir

#endif  // HIR_CLI_PLAN_H_
