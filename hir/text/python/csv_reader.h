// Python's csv.reader with its default dialect ("excel", not strict).
#ifndef HIR_TEXT_PYTHON_CSV_READER_H_
#define HIR_TEXT_PYTHON_CSV_READER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace hir::python {

using CsvRow = std::vector<std::u32string>;

// list(csv.reader(io.StringIO(text), delimiter=delimiter)) of CPython 3.11. A quotation mark opens
// a quoted field only at its beginning; inside, it is doubled; a blank line is a row without
// fields. INVALID_ARGUMENT: csv.Error, i.e. a carriage return followed by more text outside quotes,
// or a field of more than 131,072 characters. Linear time; thread-safe.
absl::StatusOr<std::vector<CsvRow>> ReadCsv(std::u32string_view text, char32_t delimiter = U',');

}  // namespace hir::python

#endif  // HIR_TEXT_PYTHON_CSV_READER_H_
