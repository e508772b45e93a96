// How a response begins and ends.
#include <string>

#include "hir/checkers/core/checker_builder.h"
#include "hir/text/python/unicode.h"
#include "hir/text/scan/scan_text.h"

namespace hir::ifeval {
namespace {

using python::Strip;
using python::ToLower;
using scan::Needle;
using scan::ScanText;
using scan::TextSpan;

StatusOrChecker MakeEnd(const Arguments& arguments) {
  const std::u32string phrase = arguments.String("end_phrase");
  return CheckerFrom([wanted = Needle(ToLower(Strip(phrase)))](const ResponseText& response) {
    const ScanText& text = response.lower_scan();
    const TextSpan left = StripIf(text, Strip(text), [](char c) { return c == '"'; });
    return PassIf(wanted.size() <= left.size &&
                  HasTextAt(text, wanted, left.end() - wanted.size()));
  });
}

CheckResult CheckQuotation(const ResponseText& response) {
  const std::string_view text = BytesOf(response.scan(), response.stripped_span());
  return PassIf(text.size() > 1 && text.front() == '"' && text.back() == '"');
}

}  // namespace

void RegisterStartEnd(CheckerRegistry& registry) {
  registry.Register({"startend:end_checker", {{"end_phrase", ArgumentType::kString}}, MakeEnd});
  RegisterPlain(registry, "startend:quotation", CheckQuotation);
}

}  // namespace hir::ifeval
