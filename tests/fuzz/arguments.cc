// A constraint as it may occur in a data set: any kind, any JSON.
#include "hir/base/json.h"
#include "hir/checkers/all_checkers.h"
#include "hir/checkers/core/registry.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  hir::FuzzInput input(data, size);
  static const auto listing = hir::AllCheckers().List();
  const size_t choice = input.Below(256);
  const std::string kind = choice < listing.size() ? listing[choice].kind : input.Text();
  const auto arguments = hir::ParseJson(input.Rest());
  if (!arguments.ok()) return 0;
  const auto checker = hir::AllCheckers().Create(kind, *arguments);
  hir::Expect(checker.ok() || !checker.status().message().empty());
  return 0;
}
