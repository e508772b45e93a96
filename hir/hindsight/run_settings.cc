#include "hir/hindsight/run_settings.h"

#include "hir/base/status_macros.h"

namespace hir {

absl::StatusOr<SelectionSettings> SelectionSettingsOf(const RunConfig& config, int instructions) {
  const HindsightConfig& hindsight = config.hindsight;
  SelectionSettings settings;
  HIR_ASSIGN_OR_RETURN(settings.mode, ParseSelectionMode(hindsight.mode));
  HIR_ASSIGN_OR_RETURN(settings.scope, ParseSelectionScope(hindsight.scope));
  HIR_ASSIGN_OR_RETURN(settings.entropy, ParseEntropyReduction(hindsight.entropy));
  settings.curriculum = {hindsight.initial_weight, hindsight.weight_growth, hindsight.max_weight};
  settings.replay_per_instruction = hindsight.replay_per_prompt;
  settings.instructions = instructions;
  settings.replay_truncated = hindsight.replay_truncated;
  settings.seed = config.seed;
  return settings;
}

}  // namespace hir
