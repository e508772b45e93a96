// The modules that lora.targets names.
#ifndef HIR_CONFIG_LORA_TARGETS_H_
#define HIR_CONFIG_LORA_TARGETS_H_

#include <string>
#include <vector>

#include "hir/config/run_config.h"

namespace hir {

// "q_proj", "down_proj" and so on, as Hugging Face models call them; all of a layer for all-linear.
// Empty if lora.rank is 0.
std::vector<std::string> LoraTargetNames(const LoraConfig& lora);

}  // namespace hir

#endif  // HIR_CONFIG_LORA_TARGETS_H_
