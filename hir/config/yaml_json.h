// A YAML map as JSON.
#ifndef HIR_CONFIG_YAML_JSON_H_
#define HIR_CONFIG_YAML_JSON_H_

#include <string>

#include "absl/status/statusor.h"

namespace YAML {
class Node;
}

namespace hir {

// `map` as the text of a JSON object, in its order. Scalars are what YAML 1.2 takes them for; null
// is the empty map. INVALID_ARGUMENT, with what is wrong: no map, a key given twice or that is no
// text, a number that JSON does not have, yes, no, on and off without quotes (a flag to some
// readers, a text to others), more than 4,096 values or 64 levels.
absl::StatusOr<std::string> JsonOf(const YAML::Node& map);

// The same of YAML text. INVALID_ARGUMENT also: not YAML.
absl::StatusOr<std::string> JsonOfYaml(const std::string& text);

}  // namespace hir

#endif  // HIR_CONFIG_YAML_JSON_H_
