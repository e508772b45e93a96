// Reads, checks, changes and prints run configurations.
#ifndef HIR_CONFIG_SCHEMA_H_
#define HIR_CONFIG_SCHEMA_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/config/run_config.h"

namespace hir {

// Reads YAML; keys that are absent keep their defaults. Does not call ValidateRunConfig().
// INVALID_ARGUMENT, naming the line: not YAML, an unknown key (the message suggests the nearest
// known one), a value of the wrong type, a key given twice.
absl::StatusOr<RunConfig> ParseRunConfig(std::string_view yaml);

// Reads a file like ParseRunConfig(); messages begin with its path. NOT_FOUND, UNAVAILABLE: the
// file can't be read.
absl::StatusOr<RunConfig> LoadRunConfig(const std::string& path);

// Sets one field: "rollout.temperature=0.7". INVALID_ARGUMENT: no "=", unknown key, wrong type.
absl::Status ApplyOverride(RunConfig& config, std::string_view assignment);

// Checks ranges, choices and fields against each other. INVALID_ARGUMENT: the message names the
// first wrong field, its value and what is allowed. Touches no file.
absl::Status ValidateRunConfig(const RunConfig& config);

// Prints every field in a stable order; ParseRunConfig() of the result gives an equal
// configuration.
std::string ToYaml(const RunConfig& config);

// Full names of all fields, in order: "name", "rollout.temperature", ...
std::vector<std::string> RunConfigKeys();

}  // namespace hir

#endif  // HIR_CONFIG_SCHEMA_H_
