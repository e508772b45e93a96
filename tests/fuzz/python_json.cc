#include "hir/text/python/json.h"
#include "nlohmann/json.hpp"
#include "tests/fuzz/fuzz_input.h"

// Python accepts more than JSON: texts that the JSON library accepts must be valid here, except
// those that Python refuses on purpose (a byte order mark, depth, enormous integers) and those with
// NUL, where the library stops reading.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const hir::FuzzInput input(data, size);
  const hir::python::JsonOutcome outcome = hir::python::CheckPythonJson(input.RestAsText());
  hir::python::PythonValue value;
  hir::Expect(hir::python::ReadPythonJson(input.RestAsText(), value) == outcome);
  if (outcome == hir::python::JsonOutcome::kValid)
    hir::Expect(!hir::python::PythonStr(value).empty() ||
                value.kind == hir::python::PythonValue::Kind::kString);
  if (size < 900 && input.Rest().find('\0') == std::string_view::npos &&
      !input.Rest().starts_with("\xEF\xBB\xBF") && nlohmann::json::accept(input.Rest())) {
    hir::Expect(outcome == hir::python::JsonOutcome::kValid);
  }
  return 0;
}
