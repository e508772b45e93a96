// How a response begins and ends.
#include <string>

#include "hir/constraints/checker_builder.h"
#include "hir/text/unicode.h"

namespace hir {
namespace {

absl::StatusOr<std::unique_ptr<Checker>> MakeEnd(const Arguments& arguments) {
  const std::u32string phrase = arguments.String("end_phrase");
  return MakeChecker([wanted = ToLower(Strip(phrase))](const ResponseText& response) {
    return PassIf(Strip(Strip(response.lower()), U"\"").ends_with(wanted));
  });
}

CheckResult CheckQuotation(const ResponseText& response) {
  const std::u32string_view text = response.stripped();
  return PassIf(text.size() > 1 && text.front() == '"' && text.back() == '"');
}

}  // namespace

void RegisterStartEnd(CheckerRegistry& registry) {
  registry.Register({"startend:end_checker", {{"end_phrase", ArgumentType::kString}}, MakeEnd});
  RegisterPlain(registry, "startend:quotation", CheckQuotation);
}

}  // namespace hir
