// Reads values that Python printed with repr(), as some data sets store lists.
#ifndef HIR_DATA_PYTHON_LITERAL_H_
#define HIR_DATA_PYTHON_LITERAL_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace hir {

// Reads a literal (None, True, False, numbers, strings, lists, tuples, dicts with string keys) as
// JSON: None becomes null, a tuple a list. INVALID_ARGUMENT, naming the byte, from 1: it is not
// such a literal, a dict repeats a key, or it is nested more than 100 deep.
absl::StatusOr<nlohmann::json> ParsePythonLiteral(std::string_view text);

}  // namespace hir

#endif  // HIR_DATA_PYTHON_LITERAL_H_
