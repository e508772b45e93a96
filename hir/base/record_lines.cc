#include "hir/base/record_lines.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/json.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

using nlohmann::json;

// Null if the line is not JSON.
json ParseLine(std::string_view line) { return ParseJson(line).value_or(json()); }

// The text after the last newline.
std::string_view TailOf(std::string_view text) { return text.substr(text.rfind('\n') + 1); }

}  // namespace

absl::StatusOr<std::vector<RecordLine>> ReadRecordLines(const std::string& path) {
  HIR_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  std::vector<RecordLine> lines;
  int64_t number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t newline = text.find('\n', begin);
    const bool torn = newline == std::string::npos;
    const size_t end = torn ? text.size() : newline;
    const std::string_view line(text.data() + begin, end - begin);
    begin = end + 1;
    ++number;
    if (absl::StripAsciiWhitespace({line.data(), line.size()}).empty()) continue;
    json object = ParseLine(line);
    if (object.is_object()) {
      lines.push_back({number, std::move(object)});
    } else if (!torn) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ":", number, ": the line is not a JSON object"));
    }
  }
  return lines;
}

std::string ToLine(const nlohmann::ordered_json& record) {
  return record.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

bool EndsWhole(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return false;
  const std::string_view tail = TailOf(*text);
  return tail.empty() || ParseLine(tail).is_object();
}

absl::Status AppendRecordLine(const std::string& path, std::string_view line) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok() && !absl::IsNotFound(text.status())) return text.status();
  const std::string_view tail = text.ok() ? TailOf(*text) : "";
  if (tail.empty()) return AppendToFile(path, line);
  const bool whole = ParseLine(tail).is_object();
  const std::string_view kept(text->data(), text->size() - (whole ? 0 : tail.size()));
  const absl::string_view newline = whole ? "\n" : "";
  return WriteFileAtomically(path,
                             absl::StrCat(absl::string_view(kept.data(), kept.size()), newline,
                                          absl::string_view(line.data(), line.size())));
}

}  // namespace hir
