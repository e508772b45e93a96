#include "hir/data/parquet_file.h"

#include <string>

#include "absl/status/status.h"
#include "hir/data/json_fields.h"
#include "hir_parquet.h"

namespace hir {
namespace {

constexpr std::string_view kMagic = "PAR1", kEncryptedMagic = "PARE";

std::string TakeText(HirParquetText text) {
  std::string copy(reinterpret_cast<const char*>(text.data), text.size);
  hir_parquet_text_free(text);
  return copy;
}

}  // namespace

bool IsParquet(std::string_view bytes) {
  return bytes.starts_with(kMagic) || bytes.starts_with(kEncryptedMagic);
}

void ParquetRows::Free::operator()(HirParquetRows* rows) const { hir_parquet_free(rows); }

absl::StatusOr<ParquetRows> ParquetRows::Open(std::string_view bytes) {
  if (bytes.starts_with(kEncryptedMagic)) {
    return absl::InvalidArgumentError("is an encrypted Parquet file; write it without encryption");
  }
  if (bytes.size() < 2 * kMagic.size() || !bytes.ends_with(kMagic)) {
    return absl::InvalidArgumentError("is a truncated Parquet file; fetch it again");
  }
  HirParquetRows* rows = nullptr;
  HirParquetText error = {};
  if (hir_parquet_open(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), &rows,
                       &error) != 0) {
    return absl::InvalidArgumentError(TakeText(error));
  }
  return ParquetRows(rows);
}

std::optional<absl::StatusOr<nlohmann::json>> ParquetRows::Next() {
  if (rows_ == nullptr) return std::nullopt;
  HirParquetText row = {}, error = {};
  switch (hir_parquet_next(rows_.get(), &row, &error)) {
    case 0:
      return ParseRecordJson(TakeText(row));
    case 1:
      rows_ = nullptr;
      return absl::InvalidArgumentError(TakeText(error));
    default:
      rows_ = nullptr;
      return std::nullopt;
  }
}

}  // namespace hir
