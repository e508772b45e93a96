#include "services/learner/config.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace hir {

absl::Status Validate(const LearnerServiceConfig& config) {
  const std::pair<const char*, const std::string&> required[] = {
      {"--run", config.run}, {"--replay", config.replay}, {"--run-dir", config.run_dir}};
  for (const auto& [flag, value] : required) {
    if (value.empty()) return absl::InvalidArgumentError(absl::StrCat(flag, " is required"));
  }
  if (config.world_size < 1 || config.rank < 0 || config.rank >= config.world_size) {
    return absl::InvalidArgumentError(absl::StrCat("--rank ", config.rank, " of --world-size ",
                                                   config.world_size,
                                                   ": the rank must lie in [0, world size)"));
  }
  if (config.world_size > 1 && config.master.empty()) {
    return absl::InvalidArgumentError("--master is required when --world-size is above 1");
  }
  if (config.threads < 0 || config.push_seconds < 1) {
    return absl::InvalidArgumentError("--threads must be at least 0 and --push-seconds at least 1");
  }
  for (const int64_t step : config.skip_steps) {
    if (step < 1) {
      return absl::InvalidArgumentError(absl::StrCat("--skip-step ", step, ": steps count from 1"));
    }
  }
  return absl::OkStatus();
}

}  // namespace hir
