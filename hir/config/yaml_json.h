// Converts YAML maps to JSON.
#ifndef HIR_CONFIG_YAML_JSON_H_
#define HIR_CONFIG_YAML_JSON_H_

#include <string>

#include "absl/status/statusor.h"

namespace YAML {
class Node;
}

namespace hir {

// Returns `map` as the text of a JSON object, in its order. Scalars have the types of YAML 1.2;
// null is the empty map. INVALID_ARGUMENT, saying what is wrong: not a map; a key that is not a
// text or is given twice; a number that JSON does not have; yes, no, on or off without quotes (a
// flag to some readers, a text to others); more than 4,096 values or 64 levels.
absl::StatusOr<std::string> JsonOf(const YAML::Node& map);

// The same for YAML text. INVALID_ARGUMENT also: it is not YAML.
absl::StatusOr<std::string> JsonOfYaml(const std::string& text);

}  // namespace hir

#endif  // HIR_CONFIG_YAML_JSON_H_
