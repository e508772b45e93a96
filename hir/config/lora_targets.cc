#include "hir/config/lora_targets.h"

#include <algorithm>

namespace hir {

std::vector<std::string> LoraTargetNames(const LoraConfig& lora) {
  std::vector<std::string> names;
  if (lora.rank == 0) return names;
  const auto& chosen = lora.targets;
  const bool all = std::find(chosen.begin(), chosen.end(), LoraTarget::kAllLinear) != chosen.end();
  for (const auto& [target, word] : kEnumWords<LoraTarget>) {
    if (target == LoraTarget::kAllLinear) continue;
    if (all || std::find(chosen.begin(), chosen.end(), target) != chosen.end()) {
      names.emplace_back(word);
    }
  }
  return names;
}

}  // namespace hir
