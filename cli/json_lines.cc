#include "cli/json_lines.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"
#include "hir/data/json_fields.h"

namespace hir {

absl::StatusOr<std::vector<JsonLine>> ReadJsonLines(const std::string& path) {
  HIR_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  std::vector<JsonLine> lines;
  int64_t number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    absl::StatusOr<nlohmann::json> object = ParseRecordJson({line.data(), line.size()});
    if (object.ok() && !object->is_object()) {
      object = absl::InvalidArgumentError("not a JSON object");
    }
    if (!object.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ":", number, ": ", object.status().message(), "."));
    }
    lines.push_back({number, *std::move(object)});
  }
  return lines;
}

std::string ToLine(const nlohmann::ordered_json& record) {
  return record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace hir
