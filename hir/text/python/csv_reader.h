// Python's csv.reader with its default dialect ("excel", not strict).
#ifndef HIR_TEXT_PYTHON_CSV_READER_H_
#define HIR_TEXT_PYTHON_CSV_READER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace hir::python {

using CsvRow = std::vector<std::u32string>;

// list(csv.reader(io.StringIO(text), delimiter=delimiter)) of CPython 3.11. A quotation mark counts
// only at the beginning of a field; inside one it doubles itself; a blank line is a row without
// fields. INVALID_ARGUMENT: csv.Error, i.e. a carriage return with more text behind it outside
// quotes, or a field of more than 131,072 characters. Linear time; thread-safe.
absl::StatusOr<std::vector<CsvRow>> ReadCsv(std::u32string_view text, char32_t delimiter = U',');

}  // namespace hir::python

#endif  // HIR_TEXT_PYTHON_CSV_READER_H_
