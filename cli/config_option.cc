#include "cli/config_option.h"

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/config/schema.h"

namespace hir {

void AddSetOption(Options& options, std::vector<std::string>& overrides) {
  options.Texts("set", &overrides, "change one field, e.g. optimizer.lr=2e-5; repeatable");
}

absl::StatusOr<RunConfig> LoadConfig(const std::string& path,
                                     const std::vector<std::string>& overrides) {
  HIR_ASSIGN_OR_RETURN(RunConfig config, LoadRunConfig(path));
  for (const std::string& assignment : overrides) {
    const absl::Status status = ApplyOverride(config, assignment);
    if (!status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("--set ", assignment, ": ", status.message()));
    }
  }
  HIR_RETURN_IF_ERROR(ValidateRunConfig(config));
  return config;
}

}  // namespace hir
