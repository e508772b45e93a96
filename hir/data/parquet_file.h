// Reads rows of a Parquet file as JSON objects, with nested lists and structs, and nulls as null.
#ifndef HIR_DATA_PARQUET_FILE_H_
#define HIR_DATA_PARQUET_FILE_H_

#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

struct HirParquetRows;

namespace hir {

// Whether `bytes` begin like a Parquet file, plain or encrypted.
bool IsParquet(std::string_view bytes);

// Pages may be plain or compressed with Snappy, zstd, gzip or LZ4. Not thread-safe.
class ParquetRows {
 public:
  // `bytes`, the whole file, must outlive the rows. INVALID_ARGUMENT, with a message that follows
  // the file's name: it is truncated, encrypted, damaged, or compressed in another way.
  static absl::StatusOr<ParquetRows> Open(std::string_view bytes);

  // The next row; nullopt after the last one and after an error. INVALID_ARGUMENT: the row can't be
  // read.
  std::optional<absl::StatusOr<nlohmann::json>> Next();

 private:
  struct Free {
    void operator()(HirParquetRows* rows) const;
  };

  explicit ParquetRows(HirParquetRows* rows) : rows_(rows) {}

  std::unique_ptr<HirParquetRows, Free> rows_;  // Null after the end.
};

}  // namespace hir

#endif  // HIR_DATA_PARQUET_FILE_H_
