// JSON Lines in and out.
#ifndef HIR_CLI_JSON_LINES_H_
#define HIR_CLI_JSON_LINES_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace hir {

struct JsonLine {
  int64_t number;  // From 1.
  nlohmann::json object;
};

// Every line that is not blank. INVALID_ARGUMENT "FILE:LINE: ...": a line that is no JSON object.
// NOT_FOUND, UNAVAILABLE: the file can't be read.
absl::StatusOr<std::vector<JsonLine>> ReadJsonLines(const std::string& path);

// `record` as one line with its newline; bytes that are not UTF-8 become U+FFFD.
std::string ToLine(const nlohmann::ordered_json& record);

}  // namespace hir

#endif  // HIR_CLI_JSON_LINES_H_
