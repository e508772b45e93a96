// Patterns that users write into their data sets: what a response must or must not contain.
#include <memory>
#include <string>
#include <utility>

#include "hir/checkers/core/checker_builder.h"

namespace hir::user {
namespace {

using regex::PythonRegex;
using regex::RegexOptions;

absl::StatusOr<RegexOptions> OptionsOf(const Arguments& arguments) {
  RegexOptions options;
  if (!arguments.Has("flags")) return options;
  for (const char32_t flag : arguments.String("flags")) {
    if (flag != U'i' && flag != U'm') {
      return arguments.Error("flags", "it is made of i (ignore case) and m (lines)");
    }
    (flag == U'i' ? options.ignore_case : options.multiline) = true;
  }
  return options;
}

// Unlike the patterns of the official kinds, one that does not compile is refused.
StatusOrChecker MakePattern(const Arguments& arguments, bool wanted) {
  const auto options = OptionsOf(arguments);
  if (!options.ok()) return options.status();
  auto compiled = PythonRegex::Compile(arguments.String("pattern"), *options);
  if (!compiled.ok()) {
    return arguments.Error("pattern", std::string(compiled.status().message()));
  }
  const auto pattern = std::make_shared<const PythonRegex>(*std::move(compiled));
  return CheckerFrom([pattern, wanted](const ResponseText& response) {
    const absl::StatusOr<bool> found = pattern->Search(response.subject());
    if (!found.ok()) return Undecidable(std::string(found.status().message()));
    return PassIf(*found == wanted);
  });
}

}  // namespace

void RegisterPattern(CheckerRegistry& registry) {
  for (const bool wanted : {true, false}) {
    registry.Register(
        {.kind = wanted ? "regex:present" : "regex:absent",
         .arguments = {{"pattern", ArgumentType::kString},
                       {"flags", ArgumentType::kString, /*required=*/false}},
         .make = [wanted](const Arguments& arguments) { return MakePattern(arguments, wanted); }});
  }
}

}  // namespace hir::user
