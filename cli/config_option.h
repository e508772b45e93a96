// A run's configuration with the changes of --set.
#ifndef HIR_CLI_CONFIG_OPTION_H_
#define HIR_CLI_CONFIG_OPTION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/options.h"
#include "hir/config/run_config.h"

namespace hir {

// --set KEY=VALUE, repeatable. `overrides` must outlive the parsing.
void AddSetOption(Options& options, std::vector<std::string>& overrides);

// Reads the file, applies the changes in order and checks the result. INVALID_ARGUMENT names the
// field, or the change. Errors of LoadRunConfig().
absl::StatusOr<RunConfig> LoadConfig(const std::string& path,
                                     const std::vector<std::string>& overrides);

}  // namespace hir

#endif  // HIR_CLI_CONFIG_OPTION_H_
