// Values that Python printed with repr(), as some data sets keep their lists.
#ifndef HIR_DATA_PYTHON_LITERAL_H_
#define HIR_DATA_PYTHON_LITERAL_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace hir {

// The literal `text` (None, True, False, numbers, strings, lists, tuples, dicts with string keys)
// as JSON: None becomes null, a tuple a list. INVALID_ARGUMENT names the byte, from 1, where it is
// none; also a dict with one key twice, and nesting more than 100 deep.
absl::StatusOr<nlohmann::json> ParsePythonLiteral(std::string_view text);

}  // namespace hir

#endif  // HIR_DATA_PYTHON_LITERAL_H_
