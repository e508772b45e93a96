// Punctuation a response must do without.
#include "hir/constraints/checker_builder.h"

namespace hir {

void RegisterPunctuation(CheckerRegistry& registry) {
  // Only the ASCII comma counts.
  RegisterPlain(registry, "punctuation:no_comma", [](const ResponseText& response) {
    return PassIf(response.text().find(',') == std::u32string::npos);
  });
}

}  // namespace hir
