#include "hir/text/python_json.h"

#include "nlohmann/json.hpp"
#include "tests/fuzz/fuzz_input.h"

// Python takes more than JSON: what the JSON library takes must be valid here, but for what Python
// refuses on purpose (a byte order mark, depth, enormous integers) and NUL, where the library stops
// reading.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const hir::FuzzInput input(data, size);
  const hir::JsonOutcome outcome = hir::CheckPythonJson(input.RestAsText());
  hir::PythonValue value;
  hir::Expect(hir::ReadPythonJson(input.RestAsText(), value) == outcome);
  if (outcome == hir::JsonOutcome::kValid)
    hir::Expect(!hir::PythonStr(value).empty() || value.kind == hir::PythonValue::Kind::kString);
  if (size < 900 && input.Rest().find('\0') == std::string_view::npos &&
      !input.Rest().starts_with("\xEF\xBB\xBF") && nlohmann::json::accept(input.Rest())) {
    hir::Expect(outcome == hir::JsonOutcome::kValid);
  }
  return 0;
}
