// Files of JSON Lines that grow while a run goes on: metrics.jsonl, eval.jsonl and the like. A
// crash, a full disk or a copy made meanwhile leaves the last line torn; readers skip a torn last
// line, and writers remove it before they append.
#ifndef HIR_BASE_RECORD_LINES_H_
#define HIR_BASE_RECORD_LINES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace hir {

// One line of such a file.
struct RecordLine {
  int64_t number = 0;  // Of the line in its file, from 1.
  nlohmann::json object;
};

// Returns the objects of all whole lines; skips blank ones. A last line without its newline counts
// if it is an object. INVALID_ARGUMENT "FILE:LINE: ...": another line is not a JSON object.
// NOT_FOUND, UNAVAILABLE: the file can't be read.
absl::StatusOr<std::vector<RecordLine>> ReadRecordLines(const std::string& path);

// Returns `record` as one line with its newline; bytes that are not UTF-8 become U+FFFD.
std::string ToLine(const nlohmann::ordered_json& record);

// Whether the file exists and its last line is whole.
bool EndsWhole(const std::string& path);

// Removes a torn last line and appends `line`, which ends with a newline. Creates the file and its
// folder if they are missing. UNAVAILABLE: the file can't be written.
absl::Status AppendRecordLine(const std::string& path, std::string_view line);

}  // namespace hir

#endif  // HIR_BASE_RECORD_LINES_H_
