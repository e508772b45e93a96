#include "hir/hindsight/run_settings.h"

namespace hir {

SelectionSettings SelectionSettingsOf(const RunConfig& config, int instructions) {
  const HindsightConfig& hindsight = config.hindsight;
  SelectionSettings settings;
  settings.mode = hindsight.mode;
  settings.scope = hindsight.scope;
  settings.entropy = hindsight.entropy;
  settings.curriculum = {hindsight.initial_weight, hindsight.weight_growth, hindsight.max_weight};
  settings.replay_per_instruction = hindsight.replay_per_prompt;
  settings.instructions = instructions;
  settings.replay_truncated = hindsight.replay_truncated;
  settings.seed = config.seed;
  return settings;
}

}  // namespace hir
