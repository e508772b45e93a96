#include "hir/data/json_fields.h"
#include "hir/data/reader.h"
#include "tests/fuzz/fuzz_input.h"

// One line of a data set, in any form, gives a record or a non-empty error message.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto line = hir::ParseRecordJson(hir::FuzzInput(data, size).Rest());
  if (!line.ok()) return 0;
  const auto form = hir::DetectForm(*line);
  if (!form.ok()) return 0;
  for (const auto use : {hir::StoredPrompt::kKeep, hir::StoredPrompt::kTakeApart}) {
    const auto record = hir::ParseRecordOf(*form, *line, use);
    hir::Expect(record.ok() || !record.status().message().empty());
  }
  return 0;
}
