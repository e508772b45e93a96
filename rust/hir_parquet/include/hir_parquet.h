// C ABI of the Rust crate hir_parquet; written by hand, kept equal to src/lib.rs.
//
// Nothing unwinds across this boundary. Texts are UTF-8, owned by Rust, and freed with
// hir_parquet_text_free.
#ifndef HIR_RUST_HIR_PARQUET_H_
#define HIR_RUST_HIR_PARQUET_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct HirParquetRows;

struct HirParquetText {
  uint8_t* data;
  size_t size;
  size_t capacity;
};

void hir_parquet_text_free(struct HirParquetText text);

// Opens the bytes of a Parquet file, which must outlive `out`. Returns 0 and fills `out`, or
// returns 1 and fills `error` with a message that follows the file's name.
int hir_parquet_open(const uint8_t* data, size_t size, struct HirParquetRows** out,
                     struct HirParquetText* error);
void hir_parquet_free(struct HirParquetRows* rows);

// The next row as a JSON object, NaN as null: returns 0 and fills `row`, 1 and fills `error`, or 2
// after the last row. After an error there are no further rows.
int hir_parquet_next(struct HirParquetRows* rows, struct HirParquetText* row,
                     struct HirParquetText* error);

#ifdef __cplusplus
}
#endif

#endif  // HIR_RUST_HIR_PARQUET_H_
