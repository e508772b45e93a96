// Reads the fields of a configuration that are lists.
#ifndef HIR_CONFIG_LIST_FIELDS_H_
#define HIR_CONFIG_LIST_FIELDS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/config/run_config.h"
#include "yaml-cpp/yaml.h"

namespace hir {

// The value of such a field.
struct ListText {
  std::string text;
  const YAML::Node* node = nullptr;  // Set instead of the text when the value is a list.
  bool may_be_yaml = false;          // On the command line a list is a text in brackets.
};

// A path, or a list of paths and {file, weight}. INVALID_ARGUMENT: neither; the message names the
// entry.
absl::StatusOr<std::vector<TrainFile>> ParseTrainFiles(const ListText& list);

// A list of {name, file, every, prompts}; empty = none. INVALID_ARGUMENT as above.
absl::StatusOr<std::vector<EvalSuite>> ParseEvalSuites(const ListText& list);

// A word, or a list of words. INVALID_ARGUMENT as above.
absl::StatusOr<std::vector<std::string>> ParseWords(const ListText& list);

// Whether a suite may be called so.
bool IsSuiteName(std::string_view name);

}  // namespace hir

#endif  // HIR_CONFIG_LIST_FIELDS_H_
