// Punctuation that a response must not contain.
#include "hir/checkers/core/checker_builder.h"
#include "hir/text/scan/scan_text.h"

namespace hir::ifeval {

void RegisterPunctuation(CheckerRegistry& registry) {
  // Only the ASCII comma counts.
  RegisterPlain(registry, "punctuation:no_comma", [](const ResponseText& response) {
    return PassIf(FindByte(response.scan(), ',') == std::string_view::npos);
  });
}

}  // namespace hir::ifeval
