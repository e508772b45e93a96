// Reads the records of a file: JSON Lines, one JSON array, or Parquet. The content decides which,
// not the name.
#ifndef HIR_DATA_DATA_FILE_H_
#define HIR_DATA_DATA_FILE_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace hir {

// The place of a record in its file.
struct DataPlace {
  int64_t number = 0;  // From 1.
  bool is_row =
      false;  // The number is a row of a Parquet file; else the line where the record begins.
};

// "line 3" or "row 3".
std::string Named(const DataPlace& place);
// "FILE:3", or "FILE: row 3".
std::string At(const std::string& path, const DataPlace& place);

using ValueVisitor =
    std::function<absl::Status(const DataPlace& place, absl::StatusOr<nlohmann::json> value)>;

// Calls `visit` for every record until one call fails. Skips blank lines and a byte order mark. A
// record that can't be read is visited with its error, without file name and place. NOT_FOUND,
// UNAVAILABLE: the file can't be read; INVALID_ARGUMENT: it is compressed, UTF-16, or a Parquet
// file that can't be opened.
absl::Status VisitValues(const std::string& path, const ValueVisitor& visit);

}  // namespace hir

#endif  // HIR_DATA_DATA_FILE_H_
