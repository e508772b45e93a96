#include "hir/text/python/csv_reader.h"

#include "tests/fuzz/fuzz_input.h"

// No row has more fields than the number of delimiters in the text plus one.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::u32string text = hir::FuzzInput(data, size).RestAsText();
  const auto rows = hir::python::ReadCsv(text);
  if (!rows.ok()) return 0;
  const size_t commas = std::count(text.begin(), text.end(), U',');
  for (const hir::python::CsvRow& row : *rows) hir::Expect(row.size() <= commas + 1);
  return 0;
}
