// Placeholders in brackets, and postscripts.
#include <string>

#include "hir/base/status_macros.h"
#include "hir/checkers/core/checker_builder.h"
#include "hir/text/python/unicode.h"
#include "hir/text/scan/scan_text.h"

namespace hir::ifeval {
namespace {

using python::Strip;
using python::ToLower;
using regex::RegexSubject;
using scan::IsOneOf;
using scan::Places;
using scan::ScanText;

// Brackets closed on the same line; what they hold may be empty.
size_t CountPlaceholders(const ScanText& text) {
  Places<IsOneOf<']', '\n'>> ends(text);
  size_t count = 0;
  for (size_t open = 0; (open = FindByte(text, '[', open)) != std::string_view::npos;) {
    const size_t end = ends.NextFrom(open + 1);
    if (end == std::string_view::npos) break;
    count += text.bytes()[end] == ']';
    open = end + 1;
  }
  return count;
}

StatusOrChecker MakePlaceholders(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("num_placeholders", 0));
  return CheckerFrom(
      [wanted = arguments.Integer("num_placeholders")](const ResponseText& response) {
        return PassIf(static_cast<int64_t>(CountPlaceholders(response.scan())) >= wanted);
      });
}

// Two markers have patterns of their own; any other marker is itself a pattern, lower-cased like
// the text.
std::u32string PostscriptPattern(std::u32string_view marker) {
  if (marker == U"P.P.S") return U"p\\.\\s?p\\.\\s?s";
  if (marker == U"P.S.") return U"p\\.\\s?s\\.";
  return U"\\s*" + ToLower(marker) + U".*$";
}

StatusOrChecker MakePostscript(const Arguments& arguments) {
  const std::u32string marker = arguments.String("postscript_marker");
  HIR_ASSIGN_OR_RETURN(
      ArgumentPattern pattern,
      ArgumentPattern::Create(arguments, "postscript_marker", PostscriptPattern(Strip(marker)),
                              {.multiline = true}));
  return CheckerFrom([pattern = std::move(pattern)](const ResponseText& response) {
    RegexSubject lower(response.lower_scan(), response.budget());
    const absl::StatusOr<bool> found = pattern.Search(lower);
    return found.ok() ? PassIf(*found) : Undecidable(std::string(found.status().message()));
  });
}

}  // namespace

void RegisterDetectableContent(CheckerRegistry& registry) {
  using enum ArgumentType;
  registry.Register({"detectable_content:number_placeholders",
                     {{"num_placeholders", kInteger}},
                     MakePlaceholders});
  registry.Register(
      {"detectable_content:postscript", {{"postscript_marker", kString}}, MakePostscript});
}

}  // namespace hir::ifeval
