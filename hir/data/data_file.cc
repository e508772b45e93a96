#include "hir/data/data_file.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"
#include "hir/data/json_fields.h"
#include "hir/data/parquet_file.h"

namespace hir {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct Mark {
  std::string_view bytes;  // The first bytes of such a file.
  const char* problem;
};

constexpr char kUtf16[] = "is UTF-16; save it as UTF-8";
constexpr std::array<Mark, 7> kUnreadable = {{
    {"\x1F\x8B", "is compressed with gzip; unpack it first"},
    {"\x28\xB5\x2F\xFD", "is compressed with zstd; unpack it first"},
    {"\xFD\x37zXZ", "is compressed with xz; unpack it first"},
    {"PK\x03\x04", "is a zip archive; unpack it first"},
    {"ARROW1", "is an Arrow file; save it as Parquet or JSON Lines"},
    {"\xFF\xFE", kUtf16},
    {"\xFE\xFF", kUtf16},
}};

absl::Status CheckReadable(const std::string& path, std::string_view bytes) {
  for (const Mark& mark : kUnreadable) {
    if (bytes.starts_with(mark.bytes)) {
      return absl::InvalidArgumentError(absl::StrCat(path, " ", mark.problem));
    }
  }
  return absl::OkStatus();
}

bool IsBlankText(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

int64_t LinesIn(std::string_view text) { return std::count(text.begin(), text.end(), '\n'); }

absl::Status VisitLines(std::string_view text, const ValueVisitor& visit) {
  for (int64_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (!IsBlankText(line)) HIR_RETURN_IF_ERROR(visit({.number = number}, ParseRecordJson(line)));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return absl::OkStatus();
}

// The end of the element that begins at `from`: its comma, the bracket that closes the array, or
// the end of the text.
size_t EndOfElement(std::string_view text, size_t from) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = from; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '[' || c == '{')) {
      ++depth;
    } else if (!quoted && depth == 0 && (c == ',' || c == ']')) {
      return i;
    } else if (!quoted && (c == ']' || c == '}')) {
      --depth;
    }
  }
  return text.size();
}

// Visits the elements one by one, so that a malformed one does not prevent reading the others.
absl::Status VisitElements(std::string_view text, const ValueVisitor& visit) {
  size_t at = text.find('[') + 1;
  DataPlace place{.number = 1 + LinesIn(text.substr(0, at))};
  for (bool first = true;; first = false) {
    const size_t begin = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
    place.number += LinesIn(text.substr(at, begin - at));
    const size_t end = EndOfElement(text, begin);
    const bool empty_array = first && end == begin && end < text.size() && text[end] == ']';
    if (end == text.size()) {
      return visit(place, absl::InvalidArgumentError("the JSON array is not closed"));
    }
    if (!empty_array)
      HIR_RETURN_IF_ERROR(visit(place, ParseRecordJson(text.substr(begin, end - begin))));
    place.number += LinesIn(text.substr(begin, end - begin));
    at = end + 1;
    if (text[end] == ']') break;
  }
  if (IsBlankText(text.substr(at))) return absl::OkStatus();
  return visit(place, absl::InvalidArgumentError("text after the end of the JSON array"));
}

absl::Status VisitRows(const std::string& path, std::string_view bytes, const ValueVisitor& visit) {
  absl::StatusOr<ParquetRows> rows = ParquetRows::Open(bytes);
  if (!rows.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, " ", rows.status().message()));
  }
  DataPlace place{.number = 1, .is_row = true};
  while (auto row = rows->Next()) {
    HIR_RETURN_IF_ERROR(visit(place, *std::move(row)));
    ++place.number;
  }
  return absl::OkStatus();
}

}  // namespace

std::string Named(const DataPlace& place) {
  return absl::StrCat(place.is_row ? "row " : "line ", place.number);
}

std::string At(const std::string& path, const DataPlace& place) {
  return absl::StrCat(path, place.is_row ? ": row " : ":", place.number);
}

absl::Status VisitValues(const std::string& path, const ValueVisitor& visit) {
  HIR_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  if (IsParquet(bytes)) return VisitRows(path, bytes, visit);
  HIR_RETURN_IF_ERROR(CheckReadable(path, bytes));
  std::string_view text = bytes;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const size_t first = text.find_first_not_of(" \t\r\n");
  const bool is_array = first != std::string_view::npos && text[first] == '[';
  return is_array ? VisitElements(text, visit) : VisitLines(text, visit);
}

}  // namespace hir
