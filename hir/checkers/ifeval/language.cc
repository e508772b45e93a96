// The language of a response, as langdetect tells it.
#include <algorithm>
#include <string>

#include "hir/checkers/core/checker_builder.h"
#include "hir/text/python/unicode.h"

namespace hir::ifeval {
namespace {

using python::EncodeUtf8;

// The codes IFEval knows; the official checker raises on any other.
constexpr std::u32string_view kLanguages[] = {
    U"en", U"es", U"pt", U"ar", U"hi", U"fr", U"ru", U"de", U"ja", U"it",
    U"bn", U"uk", U"th", U"ur", U"ta", U"te", U"bg", U"ko", U"pl", U"he",
    U"fa", U"vi", U"ne", U"sw", U"kn", U"mr", U"gu", U"pa", U"ml", U"fi"};

StatusOrChecker MakeResponseLanguage(const Arguments& arguments) {
  const std::u32string language = arguments.String("language");
  if (std::find(std::begin(kLanguages), std::end(kLanguages), language) == std::end(kLanguages)) {
    return arguments.Error("language", "it is not one of IFEval's language codes, such as \"en\"");
  }
  return CheckerFrom([wanted = EncodeUtf8(language)](const ResponseText& response) {
    const absl::StatusOr<std::string> detected = response.language();
    // The official checker passes a text whose language cannot be told.
    return PassIf(!detected.ok() || *detected == wanted);
  });
}

}  // namespace

void RegisterLanguage(CheckerRegistry& registry) {
  registry.Register(
      {"language:response_language", {{"language", ArgumentType::kString}}, MakeResponseLanguage});
}

}  // namespace hir::ifeval
