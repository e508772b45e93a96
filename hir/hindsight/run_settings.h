// How a run's configuration asks to select.
#ifndef HIR_HINDSIGHT_RUN_SETTINGS_H_
#define HIR_HINDSIGHT_RUN_SETTINGS_H_

#include "hir/config/run_config.h"
#include "hir/hindsight/selector.h"

namespace hir {

// The selection of `config.hindsight` among `instructions` instructions a step, seeded by the run's
// seed.
SelectionSettings SelectionSettingsOf(const RunConfig& config, int instructions);

}  // namespace hir

#endif  // HIR_HINDSIGHT_RUN_SETTINGS_H_
